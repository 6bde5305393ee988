"""What stops a command about versions: one error, in words for the person who asked."""

from __future__ import annotations


class VersionError(Exception):
    """Something asked of versions cannot be done; the message says what and what to do instead."""
