"""Plugins: found, asked once for what they declare, and made into the `Extensions` of one engine.

Takes: entry points of the group `rules_engine`, and objects that a host hands over. Gives: frozen values in which every
piece of a plugin's code is guarded. May import hooks and what lies below. A process without plugins pays for a look at
the names of installed packages, no more.
"""

from rules_engine.plugins.discover import extensions_of, installed
from rules_engine.plugins.observe import Observers

__all__ = ["Observers", "extensions_of", "installed"]
