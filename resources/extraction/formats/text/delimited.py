"""The separator of a delimited text, weighed over its rows: even widths, a fitting first row, fields left whole."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_ROWS = 20_000  # rows weighed; every one of a usual file
_FIRST_ROW_UNFIT = 0.8  # a title may stand above the rows, names of columns usually have their width
_BROKEN_QUOTES = 0.5  # letters after a closing quotation mark: the field went on to another separator
_MARGIN = 0.05  # by which another separator must be better than the expected one
_UNCUT = re.compile(r"\S[;|\t]\S|[^\s\d],\S|\d,[^\s\d]")  # a separator inside a field; not "0,5" and not "Street, Town"


def separator(text: str, expected: str) -> str:
    """The one of SEPARATORS that cuts the rows into the most even and the cleanest fields; else `expected`."""
    best, best_score = expected, 0.0
    for candidate in dict.fromkeys((expected, *SEPARATORS)):
        score = _score(text, candidate)
        if score > best_score + _MARGIN:
            best, best_score = candidate, score
    return best


def _score(text: str, candidate: str) -> float:
    """From 0 (one field a row) to 1 (all rows of one width, no other separator left inside a field)."""
    broken, rows = 1.0, _rows(text, candidate, strict=True)
    if rows is None:
        broken, rows = _BROKEN_QUOTES, _rows(text, candidate, strict=False)
    if not rows:
        return 0.0
    widths = Counter(map(len, rows))
    width, even = widths.most_common(1)[0]
    if width < 2:
        return 0.0
    fields = [field for row in rows for field in row if field]
    uncut = sum(_UNCUT.search(field) is not None for field in fields) / max(1, len(fields))
    fits = 1.0 if len(rows[0]) == width else _FIRST_ROW_UNFIT
    return even / len(rows) * (1 - uncut) * fits * broken


def _rows(text: str, candidate: str, *, strict: bool) -> list[list[str]] | None:
    """The first rows with words in them, None where they cannot be cut so."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=candidate, strict=strict)
    try:
        return [row for row in islice(reader, SAMPLE_ROWS) if any(map(str.strip, row))]
    except csv.Error:
        return None
