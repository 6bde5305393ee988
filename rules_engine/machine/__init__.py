"""Machine code: functions that numba compiles once, kept on disk as object code, loaded and called without numba.

A `Library` is what is compiled together: the kernel of `rules_engine.scoring` (`fold`), or the passes over columns of
`rules_engine.batch`. Compiling takes tens of seconds, and numba itself half a second to load; loading what was kept
takes a twentieth of a second, with llvmlite alone. What is compiled works on arrays that its caller makes and cleans
up: it allocates nothing, raises nothing and gives back one whole number at most. With `RULES_ENGINE_CHECKED=1` it is
compiled so that an index that leaves its array is an error (`checked`).
"""
