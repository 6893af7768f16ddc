"""Is a zone of the page a table? Evidence for and against, weighed into one probability.

For it: rules and fills, numbers under one another, rows that use all columns, a caption, the layout model. Against it:
sentences, lines that flow on, list marks, code. The weights were set by hand, on drawn
documents and on one half of the ICDAR 2013 competition's, and are checked on the other half.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codices.resources.extraction.tables.alignment import Cells
from codices.resources.extraction.tables.finish import is_contents
from codices.resources.extraction.tables.text import Phrase, TextLine, breaks_by_width, is_leaders, is_number

ACCEPT = 0.5
LED = 0.6  # of an index's lines have dots that lead to a page
_PAGES = re.compile(r"\d{1,4}(?:[, ]+\d{1,4})*$")
_LIST_MARK = re.compile(r"^(?:[•◦▪‣●○■□*·➢✓§\u2013\u2014-]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])$")
_SENTENCE = re.compile(r"[a-z]{2}[.!?]$")
_CODE = re.compile(r"[{};=<>]|\(\)|->|::|^#|^//|^\$ ")


@dataclass(frozen=True)
class Surroundings:
    """What stands around a zone: rules that close it above and below, rules and fills within, its caption, and the
    score (0-1) of the layout model's table there."""

    closed: bool = False
    half_closed: bool = False
    inner_rules: int = 0
    filled_head: bool = False
    caption: bool = False
    layout: float = 0.0


def features(lines: Sequence[TextLine], cells: Cells, head: int, around: Surroundings) -> dict[str, float]:
    """Named evidence, each about 0-1."""
    rows, width = len(cells), max((len(row) for row in cells), default=0)
    body = cells[1:] if rows > 1 else cells
    filled = [cell for row in cells for cell in row if cell]
    values = [cell for row in body for cell in row[1:] if cell]
    own = [cell for row in cells for cell in row if cell is not None]
    full = [sum(cell != "" for cell in row) >= max(2, 0.7 * width) for row in body]
    several = [sum(bool(cell) for cell in row) >= 2 for row in body]
    mean = sum(map(len, filled)) / max(1, len(filled))
    firsts = [row[0] for row in cells if row and row[0]]
    head_bold = _head_bold(lines, head)
    return {
        "bias": 1.0,
        "rows": min(1.0, math.log2(max(1, rows)) / 4),
        "columns": min(1.0, (width - 2) / 3),
        "two_columns": float(width == 2),
        "two_rows": float(rows <= 2 and not around.closed),
        "filled": len(filled) / max(1, len(own)),
        "full_rows": sum(full) / max(1, len(body)),
        "several": sum(several) / max(1, len(body)),
        "numbers": sum(map(is_number, values)) / max(1, len(values)),
        "short": max(0.0, 1 - mean / 40),
        "long_cells": sum(len(cell) > 60 for cell in filled) / max(1, len(filled)),
        "sentences": sum(bool(_SENTENCE.search(cell)) and len(cell) > 15 for cell in filled) / max(1, len(filled)),
        "flow": _flow(lines),
        "list_marks": sum(bool(_LIST_MARK.match(cell.split()[0])) for cell in firsts) / max(1, len(firsts)),
        "code": sum(bool(_CODE.search(cell)) for cell in filled) / max(1, len(filled)),
        "closed": float(around.closed),
        "half_closed": float(around.half_closed),
        "inner_rules": min(1.0, around.inner_rules / max(2, rows - 1)),
        "filled_head": float(around.filled_head),
        "head_bold": float(head_bold),
        "caption": float(around.caption),
        "contents": float(is_contents(cells) or _is_index(lines, cells)),
        "layout": around.layout,
    }


# Fitted on drawn documents and half of the ICDAR 2013 ones.
WEIGHTS: Mapping[str, float] = {
    "bias": -4.0,
    "rows": 2.0,
    "columns": 1.5,
    "two_columns": -1.5,
    "two_rows": -2.0,
    "filled": 0.5,
    "full_rows": 2.0,
    "several": 1.0,
    "numbers": 2.5,
    "short": 1.0,
    "long_cells": -3.0,
    "sentences": -3.0,
    "flow": -3.0,
    "list_marks": -3.0,
    "code": -2.0,
    "closed": 2.0,
    "half_closed": 0.5,
    "inner_rules": 1.5,
    "filled_head": 1.0,
    "head_bold": 1.0,
    "caption": 1.5,
    "contents": -20.0,
    "layout": 3.0,
}


def probability(found: Mapping[str, float]) -> float:
    """The probability that a zone with these features is a table, 0-1."""
    total = sum(WEIGHTS[name] * value for name, value in found.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _is_index(lines: Sequence[TextLine], cells: Cells) -> bool:
    """Whether dots lead from words to whole numbers, line for line: an index or contents, whatever its order."""
    if not cells or len(cells[0]) > 3:
        return False
    led = sum(any(is_leaders(phrase.text) for phrase in line) for line in lines)
    pages = [row[-1] for row in cells if row[-1]]
    return led >= LED * len(lines) and bool(pages) and all(_PAGES.match(page) for page in pages)


def _head_bold(lines: Sequence[TextLine], head: int) -> bool:
    upper = [phrase for line in lines[:head] for phrase in line]
    lower = [phrase for line in lines[head:] for phrase in line[1:]]
    if not upper or not lower:
        return False
    return sum(p.bold for p in upper) > 0.7 * len(upper) and sum(p.bold for p in lower) < 0.4 * len(lower)


def _flow(lines: Sequence[TextLine]) -> float:
    """The share of phrases of several words that go on from the phrase above them, as far as their column's width
    tells: 1 in running text, low where each is a cell."""
    flows = count = 0
    previous: list[Phrase] = []
    right: dict[int, float] = {}
    for line in lines:
        for phrase in line:
            key = round(phrase.box[0] / 8)
            right[key] = max(right.get(key, 0.0), phrase.box[2])
    for line in lines:
        for phrase in line:
            above = next((p for p in previous if abs(p.box[0] - phrase.box[0]) < 6), None)
            if above is None or len(above.words) < 2 or len(phrase.words) < 2:
                continue
            count += 1
            edge = right[round(above.box[0] / 8)]
            flows += breaks_by_width(above, phrase, edge) and not is_number(phrase.text)
        previous = list(line)
    return flows / count if count >= 3 else 0.0
