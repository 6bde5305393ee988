"""Signs, words and functions that people bring from other languages, and what is written here. Plain data.

From Excel, SQL, JavaScript, Python, the filters of HubSpot and the formulas of Salesforce; `mistakes.py` looks into
the first tables where a text cannot be read, the checker into the last ones.
"""

from __future__ import annotations

import re

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
    "&": "and",
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
    "->": ".",
    "??": "if x != null then x else …",
    "?:": "if x != null then x else …",
    "?.": ".",
    "…": "..",
    "²": "**2",
    "³": "**3",
}
SIGNS |= {chr(ord(sign) + 0xFEE0): sign for sign in "=<>+-*/()[]{},.:0123456789"}  # as wide as a Chinese character
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
    "regexp": ("There is no “regexp” in FEEL.", 'Write matches(x, "…").'),
    "rlike": ("There is no “rlike” in FEEL.", 'Write matches(x, "…").'),
    "similar": ("There is no “similar to” in FEEL.", 'Write matches(x, "…").'),
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

PHRASES = (
    (r"none\s+of", "not({x} in {y})"),
    (r"null|none|nil|undefined|empty|blank|missing|unknown|isnull", "{x} = null"),
    (r"known|set|defined|there|notnull|exists", "{x} != null"),
    (r"i?like", "{like}"),
    (r"regexp|rlike|similar\s+to|match(?:es)?", "matches({x}, {y})"),
    (r"(?:starts?|begins?)\s*with", "starts with({x}, {y})"),
    (r"ends?\s*with", "ends with({x}, {y})"),
    (r"has\s+word", "has word({x}, {y})"),
    (r"in|(?:any|one)\s+of", "{x} in {y}"),
    (r"between", "{x} between {y}"),
    (r"(?:greater|more|larger|higher|above)(?:\s+than)?\s+or\s+equal(?:\s+to)?|at\s+least", "{x} >= {y}"),
    (r"(?:less|fewer|smaller|lower|below)(?:\s+than)?\s+or\s+equal(?:\s+to)?|at\s+most", "{x} <= {y}"),
    (r"(?:greater|more|larger|higher|above)(?:\s+than)?", "{x} > {y}"),
    (r"(?:less|fewer|smaller|lower|below)(?:\s+than)?", "{x} < {y}"),
    (r"equals?(?:\s+to)?", "{x} = {y}"),
    (r"mod", "modulo({x}, {y})"),
    (r"div", "floor({x} / {y})"),
)
"""Words between two values, in the order of looking, and what is written for them."""

OF_TEXT_OR_LIST = frozenset(("contains", "contain", "includes", "has", "does", "doesn"))
"""What is written for them depends on whether it is asked of a text or of a list."""

OPPOSITES = {"{x} = null": "{x} != null", "{x} != null": "{x} = null", "{x} = {y}": "{x} != {y}"}
"""What is rather written than `not(…)`."""

UNITS = {short: unit for unit in ("weeks", "days", "hours", "minutes", "seconds") for short in (unit, unit[:-1])}
UNITS |= {"d": "days", "w": "weeks", "h": "hours", "hr": "hours", "hrs": "hours", "min": "minutes", "mins": "minutes"}
UNITS |= {"s": "seconds", "sec": "seconds", "secs": "seconds"}
"""Lengths of time behind a number, in small letters."""

LONG_UNITS = frozenset(("month", "months", "mo", "year", "years", "yr", "yrs", "quarter", "quarters"))
SIZES = {
    "k": 1e3,
    "tsd": 1e3,
    "thousand": 1e3,
    "M": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
}
CURRENCIES = frozenset(("EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "INR"))

QUANTIFIERS = {"any": "some", "exists": "some", "all": "every", "each": "every", "foreach": "every"}

_LENGTH = "`string length({0})` of a text, `count({0})` of a list"
_CONTAINS = "`contains({0}, {1})` of a text, `list contains({0}, {1})` of a list"
_KNOWN = "`{0} != null`"
_UNKNOWN = "`{0} = null`"
_ELSE = "`(if {0} != null then {0} else {1})`"
_IF = "`(if {0} then {1} else {2})`"
_NUMBER = '`number({0}, null, ".")`'
_EMPTY = '`{0} = null or {0} = ""`'

FUNCTIONS: dict[str, str | tuple[str, ...]] = {
    "len": _LENGTH,
    "length": _LENGTH,
    "size": _LENGTH,
    "round": ("`round half up({0}, 0)`, or `decimal({0}, 2)` for two digits", "`round half up({0}, {1})`"),
    "rounddown": "`round down({0}, {1})`",
    "roundup": "`round up({0}, {1})`",
    "trunc": "`round down({0}, 0)`",
    "avg": "`mean({all})`",
    "average": "`mean({all})`",
    "lower": "`lower case({0})`",
    "tolower": "`lower case({0})`",
    "tolowercase": "`lower case({0})`",
    "upper": "`upper case({0})`",
    "toupper": "`upper case({0})`",
    "touppercase": "`upper case({0})`",
    "trim": '`replace({0}, "^\\\\s+|\\\\s+$", "")`',
    "begins": "`starts with({0}, {1})`",
    "beginswith": "`starts with({0}, {1})`",
    "like": "`contains({0}, …)` or `matches({0}, …)`",
    "find": "`contains({1}, {0})`",
    "search": "`contains({1}, {0})`",
    "indexof": _CONTAINS,
    "match": "`matches({0}, {1})`",
    "test": "`matches({0}, {1})`",
    "regex": "`matches({0}, {1})`",
    "regexmatch": "`matches({0}, {1})`",
    "regexplike": "`matches({0}, {1})`",
    "left": "`substring({0}, 1, {1})`",
    "right": "`substring({0}, -{1})`",
    "mid": "`substring({0}, {1}, {2})`",
    "substr": ("`substring({0}, {1}, {2})`", "`substring({0}, {1})`"),
    "concat": "`{sum}` of a text, `concatenate({all})` of a list",
    "isnull": (_UNKNOWN, _ELSE),
    "isna": _UNKNOWN,
    "isnone": _UNKNOWN,
    "isblank": _EMPTY,
    "isempty": f"{_EMPTY} of a text, `count({{0}}) = 0` of a list",
    "empty": f"{_EMPTY} of a text, `count({{0}}) = 0` of a list",
    "exists": _KNOWN,
    "has": _KNOWN,
    "hasvalue": _KNOWN,
    "isset": _KNOWN,
    "isknown": _KNOWN,
    "isdefined": _KNOWN,
    "isnotnull": _KNOWN,
    "notnull": _KNOWN,
    "ispickval": "`{0} = {1}`",
    "coalesce": _ELSE,
    "ifnull": _ELSE,
    "iferror": _ELSE,
    "nvl": _ELSE,
    "blankvalue": _ELSE,
    "if": _IF,
    "iif": _IF,
    "ifs": "`if … then … else if … then … else …`",
    "case": "`if … then … else if … then … else …`",
    "switch": "`if … then … else if … then … else …`",
    "and": "`{and}`",
    "or": "`{or}`",
    "countif": "`count({0}[item = {1}])`",
    "sumif": "`sum({0}[item > …])`",
    "mod": "`modulo({0}, {1})`",
    "ceil": "`ceiling({0})`",
    "pow": "`{0} ** {1}`",
    "power": "`{0} ** {1}`",
    "datediff": "`({0} - {1}).days`",
    "dateadd": '`{0} + duration("30 days")`',
    "datedif": "`({1} - {0}).days`",
    "daysbetween": "`({1} - {0}).days`",
    "year": "`{0}.year`",
    "month": "`{0}.month`",
    "day": "`{0}.day`",
    "hour": "`{0}.hour`",
    "minute": "`{0}.minute`",
    "weekday": "`{0}.weekday`, which is 1 on Mondays",
    "isoweeknum": "`week of year({0})`",
    "todate": "`date({0})`",
    "datevalue": "`date({0})`",
    "tonumber": _NUMBER,
    "value": _NUMBER,
    "int": _NUMBER,
    "float": _NUMBER,
    "parseint": _NUMBER,
    "parsefloat": _NUMBER,
    "tostring": "`string({0})`",
    "text": "`string({0})`",
    "str": "`string({0})`",
    "range": "`[{0}..{1})`",
    "unique": "`distinct values({0})`",
    "distinct": "`distinct values({0})`",
}
"""Functions of other languages, without spaces and signs in small letters; several where their number of values counts.

What is written is in backticks: {0} is the first value that was given, {all} are all of them.
"""

METHODS = {**FUNCTIONS, "includes": _CONTAINS, "contains": _CONTAINS, "find": _CONTAINS, "search": _CONTAINS}
METHODS |= {"startswith": "`starts with({0}, {1})`", "endswith": "`ends with({0}, {1})`"}
METHODS |= {"some": "`some x in {0} satisfies …`", "any": "`some x in {0} satisfies …`"}
METHODS |= {"every": "`every x in {0} satisfies …`", "filter": "`{0}[item = …]`"}
"""The same behind a value and a dot."""

NOW = frozenset(("now", "getdate", "currenttimestamp", "sysdate", "currentdatetime", "utcnow"))
TODAY = frozenset(("today", "currentdate", "curdate"))

VALUES = dict.fromkeys(("none", "nil", "undefined", "empty", "blank", "missing", "unknown", "nan"), "null")
VALUES |= {"yes": "true", "no": "false", "true": "true", "false": "false", "null": "null"}
"""Words for values, in small letters."""

_ALONE_BEFORE = re.compile(r"(?:[(`]|, |\b(?:if|then|else) )$")
_ALONE_AFTER = re.compile(r"[),`]| (?:then|else)\b")
_GROUPS = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)|\[[^\[\]]*\]')


def plain_name(name: str) -> str:
    """A function's name as the tables have it."""
    return re.sub(r"[\W_]", "", name.lower())


def called(ours: str | tuple[str, ...], given: list[str]) -> str:
    """What is written for a call, with the values that it was given; … for those that are not known."""
    if isinstance(ours, tuple):
        ours = next((one for one in ours if len(set(re.findall(r"\{\d\}", one))) == len(given)), ours[0])
    joined = {"all": ", ", "sum": " + ", "and": " and ", "or": " or "}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in joined:
            return joined[name].join(given or ["…"])
        if int(name) >= len(given):
            return "…"
        text = given[int(name)]
        alone = _ALONE_BEFORE.search(ours, 0, found.start()) and _ALONE_AFTER.match(ours, found.end())
        return text if alone or not _is_compound(text) else f"({text})"

    return re.sub(r"\{(\w+)\}", value, ours)


def _is_compound(text: str) -> bool:
    """Whether an operator stands in it outside brackets and quotes."""
    before = ""
    while text != before:
        before, text = text, _GROUPS.sub("", text)
    return re.search(r"[-+*/<>=]|\s", text) is not None
