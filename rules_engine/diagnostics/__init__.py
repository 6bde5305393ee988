"""What stages say about an author's mistakes: diagnostics with places, the catalogue of codes, and renderers.

Takes findings, gives text for people and machines. Imports nothing of ours.
"""

from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Related, Severity, Span
from rules_engine.diagnostics.render import FORMATS, render
from rules_engine.diagnostics.source import Source

__all__ = ["FORMATS", "Diagnostic", "Edit", "Related", "Severity", "Source", "Span", "render"]
