"""The reserved words of the language: they are never names, except after a dot."""

RESERVED = frozenset(
    "null true false and or in between if then else for return some every satisfies".split()  # noqa: SIM905
)
