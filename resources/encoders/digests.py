"""SHA-256 of files and of what a model is made from, without loading it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; read once per process as long as its size and time of change stand."""
    status = path.stat()
    return _digest_of(str(path.resolve()), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of(path: str, _size: int, _modified: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files directly in `folder` (weights, configuration, tokenizer)."""
    parts = {path.name: file_digest(path) for path in sorted(folder.iterdir()) if path.is_file()}
    return combined_digest(parts)


def combined_digest(*parts: object) -> str:
    """SHA-256 over JSON-serialisable parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
