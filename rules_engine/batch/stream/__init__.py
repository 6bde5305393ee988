"""Data sets larger than memory: events are read piece by piece, put into ranges of leads, and scored range by range.

Takes a model, a mapping and a bound on memory; gives tables written as they come, and a summary. What does not fit
waits in files in a folder of its own (`store.py`), which is removed at the end, or by the next run after a crash.
"""
