"""Signs, words and functions that people bring from other languages, and what is written here. Plain data.

From Excel, SQL, JavaScript, Python, the filters of HubSpot and the formulas of Salesforce; `mistakes.py` looks into
the first tables where a text cannot be read, the checker into the last ones.
"""

from __future__ import annotations

SIGNS = {
    "===": "=",
    "!==": "!=",
    "==": "=",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "=!": "!=",
    "&&": "and",
    "||": "or",
    "&": "and (or + to join texts)",
    "|": "or",
    "^": "**",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "×": "*",
    "–": "-",
    "−": "-",
    "÷": "/",
    "=~": 'matches(x, "…")',
    "!~": 'not(matches(x, "…"))',
    "~": 'matches(x, "…")',
    ":=": "=",
    "->": ". (a dot)",
    "??": "if x != null then x else …",
    "?.": ". (a dot)",
}
"""What stands here for a sign. Longer ones come before those they begin with."""

_IN = 'Write x in ("a", "b").'
_COMPARE = "Write x > 3, x >= 3, x < 3 or x <= 3."
_NULL = "Write x = null or x != null."
_BEHIND = "is a function and stands before its values."

WORDS: dict[str, tuple[str, str]] = {
    "like": ("There is no “like” in FEEL.", 'Write contains(x, "…"), starts with(x, "…") or matches(x, "…").'),
    "ilike": ("There is no “ilike” in FEEL.", 'Write contains(lower case(x), "…") or matches(x, "…", "i").'),
    "contains": (f"contains {_BEHIND}", 'Write contains(x, "…"), or list contains(x, "…") of a list.'),
    "contain": (f"contains {_BEHIND}", 'Write contains(x, "…"), or list contains(x, "…") of a list.'),
    "includes": (
        "There is no “includes” between values.",
        'Write contains(x, "…"), or list contains(x, "…") of a list.',
    ),
    "has": ("There is no “has” in FEEL.", 'Write has word(x, "…"), or list contains(x, "…") of a list.'),
    "does": ("There is no “does not” in FEEL.", 'Write not(contains(x, "…")).'),
    "doesn": ("There is no “doesn’t” in FEEL.", 'Write not(contains(x, "…")).'),
    "matches": (f"matches {_BEHIND}", 'Write matches(x, "…").'),
    "starts": (f"“starts with” {_BEHIND}", 'Write starts with(x, "…").'),
    "startswith": (f"“starts with” {_BEHIND}", 'Write starts with(x, "…").'),
    "begins": (f"“starts with” {_BEHIND}", 'Write starts with(x, "…").'),
    "ends": (f"“ends with” {_BEHIND}", 'Write ends with(x, "…").'),
    "endswith": (f"“ends with” {_BEHIND}", 'Write ends with(x, "…").'),
    "not": ("not is a function here.", "Write not(x in (…)) or not(x = y)."),
    "equals": ("There is no “equals” in FEEL.", "Write x = y."),
    "isnull": ("There is no “isnull” in FEEL.", _NULL),
    "notnull": ("There is no “notnull” in FEEL.", _NULL),
    "exists": ("There is no “exists” in FEEL.", _NULL),
    "any": ("There is no “any of” in FEEL.", _IN),
    "one": ("There is no “one of” in FEEL.", _IN),
    "none": ("There is no “none of” in FEEL.", 'Write not(x in ("a", "b")).'),
    "greater": ("There is no “greater than” in FEEL.", _COMPARE),
    "more": ("There is no “more than” in FEEL.", _COMPARE),
    "less": ("There is no “less than” in FEEL.", _COMPARE),
    "fewer": ("There is no “fewer than” in FEEL.", _COMPARE),
    "from": ("There is no “from … to” in FEEL.", "Write x between 1 and 5, or x in [1..5]."),
    "to": ("There is no “to” in FEEL.", "Write x between 1 and 5, or x in [1..5]."),
    "within": ("There is no “within” in FEEL.", 'Write now - x < duration("30 days").'),
    "mod": ("There is no “mod” in FEEL.", "Write modulo(a, b)."),
    "for": (
        "A list that is made of another begins with for.",
        "Write for x in … return x; to pick some of its items, write …[item > 3].",
    ),
    "div": ("There is no “div” in FEEL.", "Write floor(a / b)."),
    "elif": ("There is no “elif” in FEEL.", "Write else if … then … else …."),
    "elseif": ("There is no “elseif” in FEEL.", "Write else if … then … else …."),
    "end": ("There is no “end” in FEEL.", "An if ends with its else value: if a then b else c."),
    "when": ("There is no “when” in FEEL.", "Write if … then … else …."),
    "where": ("There is no “where” in FEEL.", 'Write what is asked of the items in [ ]: count(xs[item = "vip"]).'),
}
"""A word between values: what is wrong with it, and what to write."""

AFTER_IS = (
    (r"(?:any|one)\s+of\b|in\b", _IN),
    (r"not\s+(?:(?:any|one)\s+of\b|in\b)|none\s+of\b", 'Write not(x in ("a", "b")).'),
    (r"(?:not\s+)?(?:greater|more|larger|higher|above|less|fewer|smaller|lower|below|at\s+least)\b", _COMPARE),
    (r"(?:not\s+)?between\b", "Write x between 1 and 5."),
    (r"(?:not\s+)?(?:null|none|empty|blank|missing|known|unknown|set|defined|there)\b", _NULL),
    (r"not\b", "Write x != y; whether it is known is asked by x != null."),
    (r"", "Write x = y; whether it is missing is asked by x = null."),
)
"""What follows an “is”, in the order of looking, and what to write."""

QUANTIFIERS = {"any": "some", "exists": "some", "all": "every", "each": "every", "foreach": "every"}

_LENGTH = "`string length(…)` of a text, `count(…)` of a list"
_CONTAINS = '`contains(…, "…")` of a text, `list contains(…, "…")` of a list'
_KNOWN = "`… != null`"
_UNITS = '`duration("30 days")`'

FUNCTIONS = {
    "len": _LENGTH,
    "length": _LENGTH,
    "size": _LENGTH,
    "round": "`round half up(…, 0)`, or `decimal(…, 2)` for two digits",
    "avg": "`mean(…)`",
    "average": "`mean(…)`",
    "lower": "`lower case(…)`",
    "tolower": "`lower case(…)`",
    "tolowercase": "`lower case(…)`",
    "upper": "`upper case(…)`",
    "toupper": "`upper case(…)`",
    "touppercase": "`upper case(…)`",
    "begins": '`starts with(…, "…")`',
    "beginswith": '`starts with(…, "…")`',
    "like": '`contains(…, "…")` or `matches(…, "…")`',
    "find": _CONTAINS,
    "search": _CONTAINS,
    "indexof": _CONTAINS,
    "match": '`matches(…, "…")`',
    "test": '`matches(…, "…")`',
    "regex": '`matches(…, "…")`',
    "regexmatch": '`matches(…, "…")`',
    "left": "`substring(…, 1, 3)`",
    "right": "`substring(…, -3)`",
    "mid": "`substring(…, 2, 3)`",
    "substr": "`substring(…, 2, 3)`",
    "concat": "`a + b` for texts, `concatenate(…)` for lists",
    "isnull": "`… = null`",
    "isna": "`… = null`",
    "isnone": "`… = null`",
    "isblank": '`… = null or … = ""`',
    "isempty": '`… = null or … = ""`, or `count(…) = 0` of a list',
    "exists": _KNOWN,
    "has": _KNOWN,
    "hasvalue": _KNOWN,
    "isset": _KNOWN,
    "isknown": _KNOWN,
    "isdefined": _KNOWN,
    "isnotnull": _KNOWN,
    "notnull": _KNOWN,
    "ispickval": '`… = "…"`',
    "coalesce": "`if … != null then … else …`",
    "ifnull": "`if … != null then … else …`",
    "nvl": "`if … != null then … else …`",
    "blankvalue": "`if … != null then … else …`",
    "if": "`if … then … else …`",
    "iif": "`if … then … else …`",
    "case": "`if … then … else if … then … else …`",
    "switch": "`if … then … else if … then … else …`",
    "and": "`… and …`",
    "or": "`… or …`",
    "countif": "`count(…[item = …])`",
    "sumif": "`sum(…[item > …])`",
    "mod": "`modulo(…, …)`",
    "ceil": "`ceiling(…)`",
    "pow": "`a ** b`",
    "power": "`a ** b`",
    "datediff": "`a - b`, which is a duration",
    "dateadd": '`… + duration("30 days")`',
    "days": _UNITS,
    "hours": _UNITS,
    "interval": _UNITS,
    "todate": "`date(…)`",
    "datevalue": "`date(…)`",
    "tonumber": '`number(…, null, ".")`',
    "value": '`number(…, null, ".")`',
    "tostring": "`string(…)`",
    "text": "`string(…)`",
    "unique": "`distinct values(…)`",
    "distinct": "`distinct values(…)`",
}
"""Functions of other languages, without spaces and signs in small letters."""

METHODS = {**FUNCTIONS, "includes": _CONTAINS, "contains": _CONTAINS, "any": "`some x in … satisfies …`"}
METHODS |= {"startswith": '`starts with(…, "…")`', "endswith": '`ends with(…, "…")`'}
METHODS |= {"some": "`some x in … satisfies …`", "every": "`every x in … satisfies …`", "filter": "`…[item = …]`"}
"""The same behind a value and a dot."""

VALUES = dict.fromkeys(("none", "nil", "undefined", "empty", "blank", "missing", "unknown", "nan"), "null")
VALUES |= {"yes": "true", "no": "false", "true": "true", "false": "false", "null": "null"}
"""Words for values, in small letters."""
