"""A table's grid of cells with spans, and the plain HTML of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from codices.resources.foundation.failures import ExtractionError

MAX_COLUMNS = 16_384  # as many as a spreadsheet has


@dataclass(frozen=True)
class Cell:
    """What a table's source says about one cell; the covered ones are not in the source."""

    text: str
    row_span: int = 1
    column_span: int = 1
    header: bool = False


def lay_out(rows: Sequence[Sequence[Cell]], max_cells: int) -> tuple[list[list[str | None]], str]:
    """The rectangular grid of source rows (covered cells None, missing ones "") and its HTML.

    A row span ends with the table, as in HTML. Raises ExtractionError("too_large") beyond `max_cells`.
    """
    grid: list[list[str | None]] = [[] for _ in rows]
    taken: list[set[int]] = [set() for _ in rows]
    spots: list[list[tuple[int, Cell, int, int]]] = [[] for _ in rows]
    count = 0
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in taken[r]:
                column += 1
            high = max(1, min(cell.row_span, len(rows) - r))
            wide = max(1, min(cell.column_span, MAX_COLUMNS))
            count += high * wide
            if count > max_cells:
                raise ExtractionError(
                    "too_large", f"a table has more than {max_cells} cells (setting extraction.max_cells)"
                )
            for below in range(r, r + high):
                taken[below].update(range(column, column + wide))
            spots[r].append((column, cell, high, wide))
            column += wide
    width = max((max(columns) + 1 for columns in taken if columns), default=0)
    if width * len(rows) > max_cells:
        raise ExtractionError("too_large", f"a table has more than {max_cells} cells (setting extraction.max_cells)")
    for r in range(len(rows)):
        grid[r] = [None if column in taken[r] else "" for column in range(width)]
        for column, cell, _, _ in spots[r]:
            grid[r][column] = cell.text
    return grid, _html(spots)


def _html(spots: Sequence[Sequence[tuple[int, Cell, int, int]]]) -> str:
    parts = ["<table>"]
    for row in spots:
        parts.append("<tr>")
        for _, cell, high, wide in row:
            tag = "th" if cell.header else "td"
            spans = (f' rowspan="{high}"' if high > 1 else "") + (f' colspan="{wide}"' if wide > 1 else "")
            parts.append(f"<{tag}{spans}>{escape(cell.text, quote=False)}</{tag}>")
        parts.append("</tr>")
    parts.append("</table>")
    return "".join(parts)


def texts(grid: Sequence[Sequence[str | None]]) -> Iterator[str]:
    """The filled cells in reading order."""
    for row in grid:
        for text in row:
            if text:
                yield text
