"""What is done with a table's cells at the end, however they were found: titles and notes that a frame encloses are
cut off, and columns of a script that runs from right to left are put into its order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import Cells

LONG = 60  # characters: a row of one cell over all columns that is longer is no part of the table
_PAGE = re.compile(r"\d{1,4}$")


def outer_rows(cells: Cells) -> tuple[int, int]:
    """The rows (first, one past the last) without those at both ends that one long or empty text fills: a frame's
    title, the text before and after a table in a box, its notes."""
    first, last = 0, len(cells)
    for index in range(len(cells) // 2):
        if not _lone(cells[index]):
            break
        if _outside(cells[index]):
            first = index + 1
    for index in range(len(cells) - 1, max(first, len(cells) // 2), -1):
        if not _lone(cells[index]):
            break
        if _outside(cells[index]):
            last = index
    return first, last


def _lone(row: Sequence[str | None]) -> bool:
    return len(row) > 1 and all(cell is None for cell in row[1:])


def _outside(row: Sequence[str | None]) -> bool:
    return not row[0] or len(row[0]) > LONG


def in_order_of_script(cells: Cells, words: Sequence[TextWord]) -> Cells:
    """The cells with the first column first: from right to left where most of the letters are of such a script."""
    letters = sum(len(word.text) for word in words if any(map(str.isalpha, word.text)))
    leftward = sum(len(word.text) for word in words if word.leftward)
    if not leftward or leftward <= 0.5 * letters:
        return cells
    return [_reversed(row) for row in cells]


def _reversed(row: Sequence[str | None]) -> list[str | None]:
    """A row from right to left, a span's text at the place that comes first then."""
    result: list[str | None] = []
    covered = 0
    for cell in reversed(row):
        if cell is None:
            covered += 1
        else:
            result += [cell, *[None] * covered]
            covered = 0
    return [*result, *[None] * covered]


def is_contents(cells: Cells) -> bool:
    """Whether the rows are headings with rising page numbers: a table of contents, which is read as text."""
    if not cells or len(cells[0]) not in (2, 3):
        return False
    rows = [row for row in cells if row[-1]]
    pages = [int(row[-1]) for row in rows if row[-1] and _PAGE.match(row[-1])]
    return (
        len(pages) >= 3
        and len(pages) == len(rows)
        and pages == sorted(pages)
        and sum(len(row[-2] or "") for row in rows) >= 10 * len(rows)
    )
