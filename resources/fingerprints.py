"""Fingerprints: one hash of everything that a stage's output depends on. Same fingerprint, same output."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def fingerprint(*parts: Any) -> str:
    """Hash of JSON-serialisable parts, 32 hexadecimal characters (128 bits); the order of dict keys is irrelevant."""
    encoded = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(encoded.encode()).hexdigest()[:32]
