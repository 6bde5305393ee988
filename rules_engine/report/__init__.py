"""Views of results: text for a terminal, JSON for a program. Views compute nothing; they only show.

Takes: results, explanations, tables. Gives: text. May import: everything below it but `cli`.
"""
