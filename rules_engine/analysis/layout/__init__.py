"""Lays out YAML files of models: two blanks a level, one-line entries only where they are short and hold no condition
with commas or quotes, comments kept where they stand.

Takes a text and its nodes, gives the text laid out: `between` reads what stands between the nodes, `printing` follows
them, so that values are copied and never made anew, and `laid_out` reads its own output and proves that every value,
key and comment is still there.
"""
