"""Questions about a scored population: who is in the segments, how far along the stages, what moved and why.

Takes a `Batch` and the tables it gives; gives frozen values and tables. Polars is imported where these modules are.
"""
