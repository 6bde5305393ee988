"""FEEL, the expression language of DMN, usable alone.

    from rules_engine import feel

    feel.evaluate('lead.nps >= 9 and lead.country in ("US", "GB")', {"lead": {"nps": 10, "country": "GB"}})  # True

The way through: `syntax/` (text → tree) · `ast.py` · `checking/` (tree → types and findings) · `interpret/` (tree →
closures) over `values/` and `builtins/`. May import `rules_engine.diagnostics` and nothing else of ours.
"""

from rules_engine.feel import ast as ast
from rules_engine.feel.api import check as check
from rules_engine.feel.api import compile_expression as compile_expression
from rules_engine.feel.api import evaluate as evaluate
from rules_engine.feel.api import explain as explain
from rules_engine.feel.api import unary_test as unary_test
from rules_engine.feel.builtins.declare import Builtin as Builtin
from rules_engine.feel.builtins.declare import Parameter as Parameter
from rules_engine.feel.builtins.declare import Registry as Registry
from rules_engine.feel.builtins.declare import Signature as Signature
from rules_engine.feel.errors import FeelError as FeelError
from rules_engine.feel.errors import FeelLimitError as FeelLimitError
from rules_engine.feel.errors import FeelSyntaxError as FeelSyntaxError
from rules_engine.feel.functions import all_functions as all_functions
from rules_engine.feel.functions import standard_functions as standard_functions
from rules_engine.feel.interpret.trace import Part as Part
from rules_engine.feel.patterns import check_pattern as check_pattern
from rules_engine.feel.syntax.parse import parse as parse
from rules_engine.feel.syntax.parse import parse_unary_tests as parse_unary_tests
from rules_engine.feel.syntax.print import print_expression as print_expression
from rules_engine.feel.values import Range as Range
from rules_engine.feel.values import YearsMonthsDuration as YearsMonthsDuration
from rules_engine.feel.values import from_feel as from_feel
from rules_engine.feel.values import to_feel as to_feel
