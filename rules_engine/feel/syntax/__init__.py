"""Text to tree and back. Takes the text of an expression, gives nodes of `feel.ast` with their places.

May import: `feel.ast`, lark. `parse.py` is the way in; `build.py` makes nodes of what the grammar recognised;
`mistakes.py` says in words what is wrong with a text; `print.py` is the inverse of parsing.
"""
