"""A full disk, told in one line, whichever library met it first."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codices.pipelines.errors import RunFailed
from codices.resources.foundation.files import is_remote
from codices.resources.home.home import dagster_home, home_url
from codices.resources.settings.settings import Settings

# errno 28 in words (Python, Lance, Arrow), and SQLite's SQLITE_FULL.
_SIGNS = ("no space left on device", "database or disk is full", "disk quota exceeded")


@contextmanager
def full_disk_told(settings: Settings) -> Iterator[None]:
    """Raises RunFailed, with the disk and what is free on it, in place of any error that comes from a full disk."""
    try:
        yield
    except Exception as error:
        if any(sign in str(cause).lower() for cause in _causes(error) for sign in _SIGNS):
            raise RunFailed(_told(settings)) from error
        raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _told(settings: Settings) -> str:
    places = [dagster_home(settings), Path(tempfile.gettempdir())]
    home = home_url(settings)
    if not is_remote(home):
        places.append(Path(home))
    free, place = min((shutil.disk_usage(place).free, str(place)) for place in map(_nearest, places))
    return (
        f"the disk is full: {free / 2**20:.1f} MiB are free where {place} lies. What was finished stays: make room and "
        "run the same command again, and it goes on from there"
    )


def _nearest(place: Path) -> Path:
    """The place, or the first folder above it that is there."""
    return next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())
