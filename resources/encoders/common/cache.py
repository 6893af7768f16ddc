"""The folder of what is derived from model weights and can be made again: assembled models, exported engines.

One entry is one folder, named by a digest of what it was made from, so that it never goes stale. An entry appears
whole or not at all, whoever else is building it at the same moment.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from codices.resources.encoders.common.interface import EncoderError


def standing_entry(name: str) -> Path | None:
    """Folder `name` of the user's cache, where it was built."""
    entry = user_cache_path("codices") / name
    return entry if entry.is_dir() else None


def cache_entry(name: str, build: Callable[[Path], None]) -> Path:
    """Folder `name` of the user's cache; `build(folder)` fills it when it is not there yet.

    Raises EncoderError when the cache cannot be written, and whatever `build` raises.
    """
    root = user_cache_path("codices")
    entry = root / name
    if found := standing_entry(name):
        return found
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{name}.lock"):
            if not entry.is_dir():
                partial = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=root))
                try:
                    build(partial)
                    os.replace(partial, entry)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise EncoderError(
            f"the cache folder {root} cannot be written ({error}); set XDG_CACHE_HOME to a folder that can"
        ) from error
    return entry
