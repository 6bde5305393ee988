"""Random tests draw the same examples on every run, so that a red run is never luck; `explore` draws new ones.

HYPOTHESIS_PROFILE=explore .venv/bin/python -m pytest tests/differential -m long
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
