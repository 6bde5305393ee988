"""Arithmetic over time: amounts, decay laws and the fold that turns awards into a score. No YAML, no FEEL, no tables.

Takes a `Plan` (numbers of a model) and `Inputs` (what one lead's history is worth, in time order); gives ledger
entries, transitions and the state at an instant. May import nothing of ours.
"""
