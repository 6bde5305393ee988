"""The static checker of FEEL: finds an author's mistakes in an expression before anything is scored.

Takes a tree and the types of the names around it; gives its type and findings with places. May import the tree, the
types, the declarations of the functions and `diagnostics`; knows nothing of models or YAML.

`check` types and names · `null_gains` what missing values would earn · `now_forms`, `now_atoms` the as-of time ·
`division_as_comment` what // hides ·
`has_order` whether `<` makes sense · `reads` the paths an expression uses · `substitute` putting definitions in.
"""

from rules_engine.feel.checking.asof import NowAtom, NowComparison, NowPart, now_atoms, now_forms
from rules_engine.feel.checking.comments import division_as_comment
from rules_engine.feel.checking.entries import ENTRIES
from rules_engine.feel.checking.expression import check, check_types
from rules_engine.feel.checking.findings import CheckResult, Finding
from rules_engine.feel.checking.gains import null_gains, null_gains_of_lines
from rules_engine.feel.checking.lines import Lines
from rules_engine.feel.checking.reads import reads
from rules_engine.feel.checking.relations import has_order
from rules_engine.feel.checking.substitute import at_place, substitute
from rules_engine.feel.types import Typed

__all__ = [
    "ENTRIES",
    "CheckResult",
    "Finding",
    "Lines",
    "NowAtom",
    "NowComparison",
    "NowPart",
    "Typed",
    "at_place",
    "check",
    "check_types",
    "division_as_comment",
    "has_order",
    "now_atoms",
    "now_forms",
    "null_gains",
    "null_gains_of_lines",
    "reads",
    "substitute",
]
