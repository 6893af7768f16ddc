"""What users give as a query, made fit for searching, or refused with the reason."""

from __future__ import annotations

import os
import unicodedata
from os import PathLike
from pathlib import Path

from resources.search.errors import SearchError

_MAX_CHARACTERS = 2_000_000
_DROPPED = {"Cs", "Cf"}  # unpaired surrogates; zero-width and text-direction characters: none can be searched for


def clean_query(query: str) -> str:
    """`query` in normal form C, control characters as spaces, format characters and unpaired surrogates dropped, runs
    of spaces as one.

    Raises SearchError for what is no text, or is millions of characters long.
    """
    if not isinstance(query, str):
        raise SearchError(f"the query must be text, not {type(query).__name__}")
    if len(query) > _MAX_CHARACTERS:
        raise SearchError(f"the query has {len(query)} characters; give at most {_MAX_CHARACTERS}, or split it")
    kept = (
        " " if category == "Cc" else character
        for character in query
        if (category := unicodedata.category(character)) not in _DROPPED
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def image_bytes(image: bytes | str | PathLike[str]) -> bytes:
    """The bytes of a picture given as such or as a file. Raises SearchError for a file that cannot be read."""
    if isinstance(image, bytes | bytearray | memoryview):
        data = bytes(image)
    else:
        try:
            data = Path(image).expanduser().read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SearchError(f"the image {os.fspath(image)!r} cannot be read: {reason or error}") from error
    if not data:
        raise SearchError("the image to search with is empty")
    return data
