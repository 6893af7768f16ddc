"""The cells of a table without rules, from how its words stand: columns by white strips, rows by the lines' pitch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.pages.reading_order import in_order_of_reading

Cells = list[list[str | None]]

PHRASE_GAP = 0.95  # line heights between words of one phrase; a column starts beyond
STRIP = 0.5  # line heights of white between two columns
CROSSING = 0.12  # of the rows may cross the strip between two columns (headings over several columns)


@dataclass
class Phrase:
    """Words side by side that belong together: a piece of one cell's line."""

    words: list[TextWord]
    box: Box


def text_lines(words: Sequence[TextWord]) -> list[list[Phrase]]:
    """The lines of a table from top to bottom, each cut into phrases."""
    height = median(word.box[3] - word.box[1] for word in words)
    lines: list[list[TextWord]] = []
    for word in sorted(words, key=lambda word: (word.box[1] + word.box[3]) / 2):
        if lines and _level(lines[-1], word, height):
            lines[-1].append(word)
        else:
            lines.append([word])
    result = []
    for line in lines:
        phrases: list[Phrase] = []
        for word in sorted(line, key=lambda word: word.box[0]):
            if phrases and word.box[0] - phrases[-1].box[2] < PHRASE_GAP * height:
                phrases[-1].words.append(word)
                phrases[-1].box = boxes.union((phrases[-1].box, word.box))
            else:
                phrases.append(Phrase([word], word.box))
        result.append(phrases)
    return result


def _level(line: Sequence[TextWord], word: TextWord, height: float) -> bool:
    middle = median((other.box[1] + other.box[3]) / 2 for other in line)
    return abs((word.box[1] + word.box[3]) / 2 - middle) < 0.5 * height


def align(words: Sequence[TextWord]) -> Cells:
    """Cells of the table that the words form; [] where they stand in no columns."""
    if len(words) < 4:
        return []
    lines = text_lines(words)
    height = median(word.box[3] - word.box[1] for word in words)
    cuts = column_cuts(lines, height)
    if not cuts:
        return []
    return _without_sparse_columns(rows_between(words, cuts))


def rows_between(words: Sequence[TextWord], cuts: Sequence[float]) -> Cells:
    """Rows of cells from words whose columns are known by the cuts between them."""
    lines = text_lines(words)
    height = median(word.box[3] - word.box[1] for word in words)
    placed = [_place(line, cuts) for line in lines]
    return [_cells(row, len(cuts) + 1) for row in _rows(lines, placed, height, len(cuts) + 1)]


def _without_sparse_columns(cells: Cells) -> Cells:
    """A column that one row alone uses, where the one before it is empty, is that column ("Total:" set aside)."""
    column = 1
    while cells and column < len(cells[0]) and len(cells) >= 4:
        filled = [row for row in cells if row[column]]
        if len(filled) == 1 and not filled[0][column - 1]:
            for row in cells:
                row[column - 1] = row[column] or row[column - 1]
                del row[column]
        else:
            column += 1
    return cells


def column_cuts(lines: Sequence[Sequence[Phrase]], height: float) -> list[float]:
    """Where columns are parted: the middles of strips that hardly any line crosses."""
    several = [line for line in lines if len(line) >= 2]
    if len(several) < 2:
        return []
    edges = sorted({x for line in several for phrase in line for x in (phrase.box[0], phrase.box[2])})
    allowed = max(0, int(CROSSING * len(several)))
    cuts: list[float] = []
    start: float | None = None
    seen_left = False
    for left, right in pairwise(edges):
        middle = (left + right) / 2
        crossing = sum(any(p.box[0] < middle < p.box[2] for p in line) for line in several)
        if crossing > allowed:
            if start is not None and seen_left and left - start >= STRIP * height:
                cuts.append((start + left) / 2)
            start = None
            seen_left = True
        elif start is None:
            start = left
    return [cut for cut in cuts if _parts(cut, several)]


def _parts(cut: float, lines: Sequence[Sequence[Phrase]]) -> bool:
    """Whether the cut has text on both sides in at least two lines, or in most of a short table."""
    both = sum(
        any(phrase.box[2] <= cut for phrase in line) and any(phrase.box[0] >= cut for phrase in line) for line in lines
    )
    return both >= 2


def _place(line: Sequence[Phrase], cuts: Sequence[float]) -> list[tuple[int, int, Phrase]]:
    """(first column, last column, phrase) of a line; a phrase that crosses a cut spans."""
    placed = []
    for phrase in line:
        first = sum(cut <= phrase.box[0] + 1e-6 for cut in cuts)
        last = sum(cut < phrase.box[2] - 1e-6 for cut in cuts)
        middle = sum(cut < (phrase.box[0] + phrase.box[2]) / 2 for cut in cuts)
        width = phrase.box[2] - phrase.box[0]
        # A tip that reaches over the cut is no span.
        if first < middle and cuts[first] - phrase.box[0] < 0.1 * width:
            first += 1
        if last > middle and phrase.box[2] - cuts[last - 1] < 0.1 * width:
            last -= 1
        placed.append((first, max(first, last), phrase))
    return placed


Placed = list[tuple[int, int, Phrase]]


def _rows(lines: Sequence[Sequence[Phrase]], placed: Sequence[Placed], height: float, width: int) -> list[list[Placed]]:
    """Lines put together into rows.

    Lines that overlap are one band (cells centred beside cells of two lines). Where the white between bands comes
    in two sizes, the small one is the space within a cell; where it does not, only a line that goes on with fewer
    cells than the one above, and not the first, belongs to it.
    """
    bands: list[tuple[float, float, list[Placed]]] = []
    for line, place in zip(lines, placed, strict=True):
        # Where letters reach up and down says little; where the line's words are centred says more.
        middle = median((word.box[1] + word.box[3]) / 2 for phrase in line for word in phrase.words)
        top, bottom = middle - height / 2, middle + height / 2
        if bands and top < bands[-1][1] - 0.12 * height:
            first, last, held = bands[-1]
            bands[-1] = (first, max(last, bottom), [*held, place])
        else:
            bands.append((top, bottom, [place]))
    gaps = [max(below[0] - above[1], 0.0) for above, below in pairwise(bands)]
    limit = _row_gap(gaps, height)
    rows: list[list[Placed]] = []
    for index, (_, _, held) in enumerate(bands):
        if rows:
            filled, above = _columns_of(held), _columns_of(rows[-1])
            if limit is not None:
                goes_on = gaps[index - 1] < limit and len(filled) < max(2, width)
            else:
                goes_on = (
                    gaps[index - 1] < 0.6 * height and filled < above and 0 not in filled and len(filled) < 0.5 * width
                )
            if goes_on:
                rows[-1].extend(held)
                continue
        rows.append(list(held))
    return rows


def _columns_of(held: Sequence[Placed]) -> set[int]:
    return {column for line in held for first, last, _ in line for column in range(first, last + 1)}


def _row_gap(gaps: Sequence[float], height: float) -> float | None:
    """The white between lines that parts rows from lines of one cell, or None where it has one size only."""
    ordered = sorted(gaps)
    best, limit = 0.25 * height, None
    for small, large in pairwise(ordered):
        if large - small > best and small < 0.6 * height:
            best, limit = large - small, (small + large) / 2
    return limit


def _cells(row: Sequence[Placed], width: int) -> list[str | None]:
    words: list[list[TextWord]] = [[] for _ in range(width)]
    span = [1] * width
    for line in row:
        for first, last, phrase in line:
            words[first].extend(phrase.words)
            span[first] = max(span[first], last - first + 1)
    cells: list[str | None] = [text_of(held) for held in words]
    for column in range(width):
        for covered in range(column + 1, min(width, column + span[column])):
            if not words[covered]:
                cells[covered] = None
    return cells


def text_of(words: Sequence[TextWord]) -> str:
    """The words of a cell from line to line."""
    lines: list[list[TextWord]] = []
    for word in sorted(words, key=lambda word: (word.box[1] + word.box[3]) / 2):
        if lines:
            other = lines[-1][0]
            small = min(other.box[3] - other.box[1], word.box[3] - word.box[1])
            if boxes.shared_height(other.box, word.box) > 0.5 * small:
                lines[-1].append(word)
                continue
        lines.append([word])
    return " ".join(word.text for line in lines for word in in_order_of_reading(line))
