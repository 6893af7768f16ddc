"""Heads that are written upwards or downwards over their columns, put into the table's first row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from codices.resources.extraction.common import boxes
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.pdf_tables import FoundTable, upwards

REACH = 2.0  # line heights above the table's box within which a head has to end


def with_turned_heads(table: FoundTable, words: Sequence[TextWord]) -> FoundTable:
    """The table with the words that stand turned by a quarter in or right above its head; `words` are the page's."""
    heads = _heads_over(table, words)
    if not heads or len(table.columns) != len(table.cells[0]) + 1:
        return table
    texts: list[str] = []
    for left, right in pairwise(table.columns):
        texts.append(_text([word for word in heads if left <= boxes.center(word.box)[0] < right]))
    first = list(table.cells[0])
    if any(text and first[column] for column, text in enumerate(texts)):
        cells = [list(texts), *table.cells]
    else:
        cells = [[texts[column] or cell for column, cell in enumerate(first)], *table.cells[1:]]
    top = min(table.box[1], *(word.box[1] for word in heads))
    box = (table.box[0], top, table.box[2], table.box[3])
    return replace(table, box=box, cells=cells, words=[*table.words, *heads])


def _heads_over(table: FoundTable, words: Sequence[TextWord]) -> list[TextWord]:
    x0, y0, x1, y1 = table.box
    upright = [word for word in table.words if not word.angle]
    if not upright:
        return []
    size = upright[0].size
    return [
        word
        for word in words
        if word.angle
        and min(word.angle % 180, 180 - word.angle % 180) > 60
        and x0 <= boxes.center(word.box)[0] <= x1
        and y0 - REACH * size <= word.box[3] <= y1 - REACH * size
        and word.box[1] < (y0 + y1) / 2
    ]


def _text(words: Sequence[TextWord]) -> str:
    """Words of one head: line by line, each along the direction in which it is written."""
    if not words:
        return ""
    up = upwards(words)
    lines: list[list[TextWord]] = []
    for word in sorted(words, key=lambda word: boxes.center(word.box)[0], reverse=not up):
        if lines and boxes.shared_width(lines[-1][0].box, word.box) > 0.5 * (word.box[2] - word.box[0]):
            lines[-1].append(word)
        else:
            lines.append([word])
    return " ".join(word.text for line in lines for word in sorted(line, key=lambda word: word.box[1], reverse=up))
