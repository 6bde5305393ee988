"""Questions about models and populations: do a model's examples hold, and what have they seen of it?

Takes models, case files and results; gives reports as values. May import batch, the engine and all below.
"""
