"""Lengths and data URIs as markup writes them."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

PIXEL = 0.75  # points
POINTS = {"px": PIXEL, "pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4}


def data_uri(source: str) -> bytes | None:
    """The bytes of a data: URI, None where it is damaged."""
    head, comma, body = source.partition(",")
    if not comma:
        return None
    raw = unquote_to_bytes(body)
    if not head.lower().rstrip().endswith("base64"):
        return raw
    raw = re.sub(rb"\s+", b"", raw)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return None
