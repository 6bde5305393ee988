"""The signature of a call: HMAC-SHA256 over the time and the body, so that a call can neither be forged nor replayed.

    X-Rules-Signature: t=1767225600,v1=5257a869e7...

`verify` is for receivers written in Python; others compute the same over "<t>.<body>".
"""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, body: bytes, at: int) -> str:
    """The header's value; `at` is in seconds since 1970."""
    return f"t={at},v1={_digest(secret, body, at)}"


def verify(secret: str, body: bytes, header: str, now: float, tolerance: int = 300) -> bool:
    """Whether a call was signed with the secret at most `tolerance` seconds from `now`."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    try:
        at = int(parts["t"])
    except (KeyError, ValueError):
        return False
    return abs(now - at) <= tolerance and hmac.compare_digest(
        parts.get("v1", "").encode(), _digest(secret, body, at).encode()
    )


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
