"""What users give as queries, one or a file of them, made fit for searching or refused with the reason."""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL.Image import Image, fromarray

from codices.resources.index.schema import MODALITIES
from codices.resources.search.query.errors import SearchError

_MAX_CHARACTERS = 2_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")
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


Picture = bytes | str | PathLike[str] | IO[bytes] | Image | np.ndarray
"""A picture to search with. Arrays are (height, width) or (height, width, 3 or 4) of uint8."""


def image_bytes(image: Picture) -> bytes:
    """The bytes of a picture given as such, as a file, as a Pillow image or as an array. Raises SearchError for what
    cannot be read."""
    if isinstance(image, np.ndarray):
        image = _pillow(image)
    if isinstance(image, Image):
        buffer = io.BytesIO()
        image.convert("RGBA" if image.has_transparency_data else "RGB").save(buffer, "PNG")
        data = buffer.getvalue()
    elif isinstance(image, bytes | bytearray | memoryview):
        data = bytes(image)
    elif isinstance(image, str | PathLike):
        try:
            data = Path(image).expanduser().read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SearchError(f"the image {os.fspath(image)!r} cannot be read: {reason or error}") from error
    elif hasattr(image, "read"):
        data = image.read()
    else:
        data = None
    if not isinstance(data, bytes):
        kind = type(image).__name__
        raise SearchError(f"the image must be bytes, a file, a Pillow image or a NumPy array, not {kind}")
    if not data:
        raise SearchError("the image to search with is empty")
    return data


def _pillow(array: np.ndarray) -> Image:
    try:
        return fromarray(array)
    except (TypeError, ValueError) as error:
        raise SearchError(
            f"the image is an array of {array.dtype} of shape {array.shape}; it must be uint8, (height, width) or "
            "(height, width, 3 or 4)"
        ) from error


@dataclass(frozen=True)
class QueryRow:
    """A line of a query file. `type` groups measures; `modality` limits the query to one."""

    id: str
    text: str
    type: str | None = None
    modality: str | None = None


def read_queries(path: str | PathLike[str]) -> list[QueryRow]:
    """JSON lines `{"id", "text"}`, with `type` and `modality` where there are any; other keys are ignored.

    Raises SearchError naming the line that is no such object, has a key of another kind, or repeats an id.
    """
    rows: list[QueryRow] = []
    seen: set[str] = set()
    for number, line in enumerate(_lines(path, "the query file"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SearchError(f"{where}: not JSON ({error})") from error
        _check_row(row, where)
        found = QueryRow(str(row["id"]), row["text"], row.get("type"), row.get("modality"))
        if found.id in seen:
            raise SearchError(f"{where}: the id {found.id!r} is there twice")
        if found.modality is not None and found.modality not in MODALITIES:
            raise SearchError(f"{where}: unknown modality {found.modality!r}; there are {', '.join(MODALITIES)}")
        seen.add(found.id)
        rows.append(found)
    if not rows:
        raise SearchError(f"{path} holds no queries")
    return rows


def _check_row(row: Any, where: str) -> None:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or row.get("id") in (None, ""):
        raise SearchError(f'{where}: must be an object with "id" and "text", both text')
    if isinstance(row["id"], bool) or not isinstance(row["id"], str | int):
        raise SearchError(f'{where}: "id" must be text or a whole number, not {json.dumps(row["id"])[:100]}')
    for key in ("type", "modality"):
        if not isinstance(row.get(key), str | None):
            raise SearchError(f'{where}: "{key}" must be text, not {json.dumps(row[key])[:100]}')
    for key in ("id", "text", "type"):
        if _SURROGATE.search(str(row.get(key))):
            raise SearchError(
                f'{where}: "{key}" holds half a character (an unpaired surrogate), which no file can store'
            )


def read_judgements(path: str | PathLike[str]) -> dict[str, dict[str, int]]:
    """TREC qrels, `query 0 id grade` a line: query -> id -> grade. Fields are separated by tabs where there are any
    (ids may then hold spaces), else by spaces. Raises SearchError naming the line."""
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path, "the judgements"), 1):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        try:
            query, _, found, grade = fields
            judged.setdefault(query.strip(), {})[found.strip()] = int(grade)
        except ValueError as error:
            raise SearchError(
                f"{path}, line {number}: judgements are `query 0 id grade`, not {line.strip()[:200]!r}"
            ) from error
    return judged


def _lines(path: str | PathLike[str], what: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SearchError(f"{what} {os.fspath(path)} cannot be read: {error}") from error
