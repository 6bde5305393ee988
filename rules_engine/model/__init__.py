"""Model files: YAML text -> nodes with places -> shape -> typed frozen `Model` -> checks -> versions.

Takes paths, gives `LoadResult`; mistakes of authors are diagnostics in it. May import feel, scoring, diagnostics.
"""
