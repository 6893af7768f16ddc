"""SHA-256 of files and of what a model is made from, without loading it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

# Weights, configurations and tokenizers of open_clip, transformers and sentence-transformers.
MODEL_FILES = (
    "*.json",
    "*.safetensors",
    "*.bin",
    "*.pt",
    "*.pth",
    "*.model",
    "vocab.txt",
    "merges.txt",
    "1_Pooling/config.json",
)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; read once per process as long as its size and time of change stand."""
    status = path.stat()
    return _digest_of(str(path.resolve()), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of(path: str, _size: int, _modified: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of the files in `folder` that a model is loaded from."""
    names = {path.relative_to(folder).as_posix(): path for pattern in MODEL_FILES for path in folder.glob(pattern)}
    read = {name: path for name, path in names.items() if path.is_file() and not path.name.startswith(".")}
    return combined_digest({name: file_digest(path) for name, path in read.items()})


def combined_digest(*parts: object) -> str:
    """SHA-256 over JSON-serialisable parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
