"""How the lines of a model's conditions come out for a lead: at each of its events, and as of its moment.

Takes an engine and what a lead is given; gives verdicts with the values that were read. Serves failed tests, which show
them, and coverage, which counts them.
"""
