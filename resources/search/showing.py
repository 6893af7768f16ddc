"""The words of a hit for a person who reads plain text: without what stands above them anyway, tables as cells."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from codices.resources.search.query.highlighting import highlighted

CELL_WIDTH = 28  # characters of a cell that are shown
ROWS = 5  # of a table, its header included
_MARK = re.compile(r"</?mark>")


def body(row: Mapping[str, Any]) -> str:
    """The text of a hit without its caption and the headings, which begin it for the sake of search."""
    above = {" ".join(each.split()) for each in (row["caption"] or "", *(row["heading_path"] or ()))}
    lines = (row["text"] or "").splitlines()
    while lines and " ".join(lines[0].split()) in above:
        del lines[0]
    return "\n".join(lines)


def cells(row: Mapping[str, Any]) -> list[list[str]]:
    """The first rows of a table hit; a longer cell is cut."""
    return [
        [_cut(" ".join(cell.split()), CELL_WIDTH) for cell in line.split(" | ")]
        for line in body(row).splitlines()[:ROWS]
    ]


def marked(text: str, query: str, length: int) -> list[tuple[str, bool]]:
    """The cut of `text`, some `length` characters, that fits `query` best: pieces, and whether each is of the query."""
    pieces = _MARK.split(highlighted(" ".join(text.split()), query, length))
    return [(html.unescape(piece), bool(number % 2)) for number, piece in enumerate(pieces) if piece]


def plain_table(rows: list[dict[str, Any]], query: str, width: int = 100) -> str:
    """Hits (as of `Results.to_pylist`) as lines of text: rank, score, modality, place, and the words below."""
    lines = []
    for row in rows:
        pages = f" p. {row['pages'][0]}" if row["pages"] else ""
        lines.append(f"{row['rank']:>3}  {row['score']:.3f}  {row['modality']:<6}  {row['path']}{pages}")
        words = "".join(piece for piece, _ in marked(row["caption"] or body(row), query, width - 15))
        lines.append(f"{'':<5}{words}")
    # What a terminal would obey is left out: a repr is shown by one.
    return "\n".join("".join(each for each in line if each.isprintable()) for line in lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
