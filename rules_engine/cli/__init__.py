"""The `rules` command. One file per command; each imports what it needs when it runs.

Takes: arguments, files. Gives: text, tables, an exit code (0 fine, 1 findings, 2 usage or fault).
May import: everything below it; nothing imports it.
"""
