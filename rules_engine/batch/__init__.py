"""Tables in, tables out: a data set is read (`sources`), each lead scored by the engine, and the results written.

Takes a model's path and a mapping's path; gives tables and a summary. May import the engine and all below it. Needs the
[batch] extra; nothing below imports this package, so that a host without tables never loads polars.
"""
