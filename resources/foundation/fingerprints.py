"""Fingerprints: one hash of everything that a stage's output depends on. Same fingerprint, same output."""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring_ascii
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def fingerprint(*parts: Any) -> str:
    """Hash of JSON-serialisable parts, 32 hexadecimal characters (128 bits); the order of dict keys is irrelevant."""
    try:  # most are strings, null or empty, and done in a third of the time: the same bytes
        plain = ["null" if part is None else "[]" if part == [] else encode_basestring_ascii(part) for part in parts]
        encoded = f"[{','.join(plain)}]"
    except TypeError:
        encoded = _ENCODER.encode(parts)
    return hashlib.sha256(encoded.encode()).hexdigest()[:32]
