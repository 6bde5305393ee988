"""Models drafted from something else: a sample of data, another product's scoring plan, a three-column sheet.

Takes files; gives the texts of a model's files and a report of what was guessed and what could not be carried over.
What is given loads without an error. Never prints; writes only where a function says so.
"""
