"""Regular expressions for `matches`, `replace` and `split`: XPath's, without what needs backtracking.

Takes a pattern and flags; gives a `Pattern` that never takes more than time proportional to the text, whatever the
author wrote: patterns come from models and texts from the web, and Python's `re` can be made to hang by either. So the
language is read by us (`read.py`), made into a small program (`program.py`), and run as an automaton built while it
runs (`automaton.py`, for `matches`) or as a list of threads (`machine.py`, where places and groups are wanted).

Not in the language: look-around, back-references, subtraction in classes (`[a-z-[x]]`). A pattern that has them is
null at run time, and `check_pattern` says so to the checker. `\\b` and escaped punctuation are taken beside XPath's.
"""

from rules_engine.feel.patterns.pattern import Pattern as Pattern
from rules_engine.feel.patterns.pattern import check_pattern as check_pattern
from rules_engine.feel.patterns.pattern import compile_pattern as compile_pattern
from rules_engine.feel.patterns.read import PatternError as PatternError
