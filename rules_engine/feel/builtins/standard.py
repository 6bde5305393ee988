"""The registries: the standard's functions, and ours beside them. The modules of this package fill them."""

from __future__ import annotations

from rules_engine.feel.builtins.declare import Registry

standard = Registry()
"""The functions of DMN 1.5, and nothing else."""

extensions = Registry()
"""Functions for scoring that the standard lacks."""
