"""The fold of many leads at once: the kernel of `rules_engine.scoring`, compiled, and its results read off into tables.

Takes a `Plan` and the marks of many leads as flat columns (`MarkColumns`); gives arrays (`Folded`) and, from them, the
frames that lead-by-lead scoring gives. What is compiled is the source text of the kernel itself, so both ways of
running give the same numbers.
"""
