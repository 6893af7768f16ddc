"""Where a text layer's lines stand like a table that has no rules: rows of several short pieces, one under another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.reading_order import Line

LEADERS = re.compile(r"(?:\.\s?){5,}")  # from a heading to its page number, in a table of contents
PROSE = 40  # characters: a line of running text, from which the page's columns are known
HALF = 0.48  # of the page's width
MIN_ROWS = 3  # with several pieces; two under a caption
MAX_CELL = 40  # characters on average


def tabular_runs(lines: Sequence[Line], captions: Sequence[Box], width: float) -> list[list[Line]]:
    """Runs of lines that look like an unruled table each, top to bottom; `captions` are those of tables."""
    upright = [line for line in lines if not line.words[0].angle and not LEADERS.search(line.text)]
    if len(upright) < 4:
        return []
    runs: list[list[Line]] = []
    for column in _page_columns(upright, width):
        inside = [line for line in upright if column[0] - 2 <= boxes.center(line.box)[0] <= column[1] + 2]
        for run in _runs(_rows(inside), column[1] - column[0]):
            several = sum(len(row) >= 2 for row in run)
            box = boxes.union(line.box for row in run for line in row)
            named = any(_adjacent(box, caption) for caption in captions)
            wide = sum(len(row) >= 3 for row in run) >= MIN_ROWS
            if several >= (2 if named else MIN_ROWS if wide else MIN_ROWS + 1) and _short_cells(run):
                runs.append([line for row in run for line in row])
    return runs


def _page_columns(lines: Sequence[Line], width: float) -> list[tuple[float, float]]:
    """The extents of the page's columns of running text; the whole page where it has none."""
    columns: list[tuple[float, float]] = []
    prose = [line for line in lines if len(line.text) >= PROSE]
    for line in sorted(prose, key=lambda line: line.box[2] - line.box[0]):
        x0, x1 = line.box[0], line.box[2]
        met = [i for i, column in enumerate(columns) if min(column[1], x1) > max(column[0], x0)]
        if not met:
            columns.append((x0, x1))
        elif len(met) == 1:  # a line over several columns says nothing of any
            column = columns[met[0]]
            columns[met[0]] = (min(x0, column[0]), max(x1, column[1]))
    columns.sort()
    cuts = [(a[1] + b[0]) / 2 for a, b in pairwise(columns)]
    if len(columns) == 1 and len(prose) >= 4 and columns[0][1] - columns[0][0] < HALF * width:
        # Running text in one half of the page: the other half is a column of its own.
        left, right = columns[0]
        cuts = [right + 4] if left < width - right else [left - 4]
    edges = [0.0, *cuts, width]
    return list(pairwise(edges))


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2):
        if rows:
            other = rows[-1][-1]
            if boxes.shared_height(other.box, line.box) > 0.4 * min(other.size, line.size):
                rows[-1].append(line)
                continue
        rows.append([line])
    return [sorted(row, key=lambda line: line.box[0]) for row in rows]


def _runs(rows: Sequence[list[Line]], width: float) -> list[list[list[Line]]]:
    """Rows on end of which most have several pieces; a lone piece between may go on with the row above."""
    runs: list[list[list[Line]]] = []
    current: list[list[Line]] = []
    for row in rows:
        if current:
            bottom = max(line.box[3] for line in current[-1])
            gap = min(line.box[1] for line in row) - bottom
            size = median(line.size for line in row)
            lone = len(row) == 1
            prose = lone and (row[0].box[2] - row[0].box[0] > 0.6 * width or len(row[0].text) > 1.5 * MAX_CELL)
            if gap > 2.2 * size or prose or (lone and len(current[-1]) == 1 and len(current) > 1):
                runs.append(current)
                current = []
        if current or len(row) >= 2:
            current.append(row)
    if current:
        runs.append(current)
    result = []
    for run in runs:
        while run and len(run[-1]) == 1 and not _continues(run):
            run.pop()
        if run:
            result.append(run)
    return result


def _continues(run: Sequence[list[Line]]) -> bool:
    """Whether the last, lone piece stands under a piece other than the first of the row above, and close."""
    if len(run) < 2:
        return False
    last, above = run[-1][0], run[-2]
    under = [i for i, line in enumerate(above) if boxes.shared_width(line.box, last.box) > 0]
    close = last.box[1] - max(line.box[3] for line in above) < 0.5 * last.size
    return close and bool(under) and under[0] > 0


def _short_cells(run: Sequence[list[Line]]) -> bool:
    texts = [line.text for row in run for line in row]
    return sum(map(len, texts)) / len(texts) <= MAX_CELL


def _adjacent(box: Box, caption: Box) -> bool:
    gap = max(caption[1] - box[3], box[1] - caption[3])
    return gap < 24 and boxes.shared_width(box, caption) > 0
