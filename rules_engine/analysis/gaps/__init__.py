"""Leads and events that would show what no test has seen of a model: proposals for `tests.yaml`.

Takes an engine and what is missing in its coverage; tries inputs made of the values that the model itself names, runs
each, and keeps those that cover something. What it proposes has been run; what it finds no input for, it says.
"""
