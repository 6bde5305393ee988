"""The built-in functions, each declared once. `declare.py` says how; one module per section of the standard."""
