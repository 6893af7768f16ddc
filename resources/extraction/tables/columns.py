"""The columns of a table without a closed grid: white strips between what stands in its rows.

Heads may stand over several columns and long labels may reach over an empty cell, so that a strip need not be free
in every line; numbers under one another are the surest sign of a column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from codices.resources.extraction.common import boxes
from codices.resources.extraction.tables.text import Phrase, Rule, TextLine, crossed, is_leaders, is_number, line_height

CROSSING = 0.1  # of the body's rows may cross the strip between two columns
STRIP = 0.22  # line heights of white between two columns of a table of some length
SHORT = 4  # rows: in a shorter body a strip has to be as wide as SHORT_STRIP
SHORT_STRIP = 0.42
_MARKS = re.compile(r"^[$€£¥%‰°*†‡§()\[\]+\-\u2013\u2014:|/]{1,3}$")  # stand beside a number, in no column of their own


def head_lines(lines: Sequence[TextLine], rules: Sequence[Rule] = ()) -> int:
    """How many lines from the top are the table's head: those above the first rule that goes through, else those
    before the first row of numbers; 1 where neither tells."""
    if len(lines) < 3:
        return min(1, len(lines))
    box = boxes.union(phrase.box for line in lines for phrase in line)
    half = max(1, min(10, len(lines) - 2))
    for y in sorted(y for y, x0, x1 in rules if min(x1, box[2]) - max(x0, box[0]) > 0.75 * (box[2] - box[0])):
        above = sum(line[0].middle < y for line in lines)
        if 0 < above <= half and (above <= 5 or sum(map(_is_data, lines[:above])) <= 0.3 * above):
            return above
    for index, line in enumerate(lines[: half + 1]):
        if _is_data(line):
            return max(index, 1)
    return 1


def _is_data(line: TextLine) -> bool:
    """Whether most of what follows the line's label is numbers that are no years."""
    values = [phrase.text for phrase in line if not is_leaders(phrase.text)][1:]
    numbers = [text for text in values if is_number(text) and not re.fullmatch(r"(?:FY ?)?(?:19|20)\d\d", text)]
    return bool(values) and len(numbers) >= 0.5 * len(values)


def column_cuts(lines: Sequence[TextLine], head: int, walls: Sequence[float] = ()) -> list[float]:
    """Where columns are parted (x of each cut, ascending). `head` lines from the top may cross a strip;
    `walls` are upright rules through the table, cuts in any case."""
    body = [line for line in lines[head:] if len(line) >= 2]
    if len(body) < 2:
        body = [line for line in lines if len(line) >= 2]
    if len(body) < 2:
        return sorted(walls)
    height = line_height(lines)
    cuts = _strips(body, height)
    for wall in walls:
        cuts = [cut for cut in cuts if abs(cut - wall) > 0.7 * height or _between(body, cut, wall)]
    return _without_thin([*cuts, *walls], lines, head)


def _between(lines: Sequence[TextLine], a: float, b: float) -> bool:
    low, high = min(a, b), max(a, b)
    return any(low < boxes.center(phrase.box)[0] < high for line in lines for phrase in line)


def _strips(body: Sequence[TextLine], height: float) -> list[float]:
    allowed = int(CROSSING * len(body))
    least = (STRIP if len(body) >= SHORT else SHORT_STRIP) * height
    cuts: list[float] = []
    start: float | None = None
    begun = False
    for left, _, crossing in crossed([[(p.box[0], p.box[2]) for p in line] for line in body]):
        if crossing > allowed:
            if start is not None and begun and left - start >= least:
                cuts.append((start + left) / 2)
            start, begun = None, True
        elif start is None:
            start = left
    return [cut for cut in cuts if _parts(cut, body)]


def _parts(cut: float, lines: Sequence[TextLine]) -> bool:
    """Whether at least two lines have something on both sides."""
    both = 0
    for line in lines:
        both += any(p.box[2] <= cut + 1 for p in line) and any(p.box[0] >= cut - 1 for p in line)
    return both >= 2


def _without_thin(cuts: Sequence[float], lines: Sequence[TextLine], head: int) -> list[float]:
    """Cuts without those that part off a column which holds nothing, or only marks beside the next one's numbers."""
    kept = sorted(cuts)
    changed = True
    while changed:
        changed = False
        edges = [float("-inf"), *kept, float("inf")]
        for index, (left, right) in enumerate(pairwise(edges)):
            held = [p for line in lines for p in line if left < boxes.center(p.box)[0] < right]
            body = [p for line in lines[head:] for p in line if left < boxes.center(p.box)[0] < right]
            if held and not all(_MARKS.match(p.text) or is_leaders(p.text) for p in body or held):
                continue
            if not kept:
                break
            kept.pop(_drop(index, len(kept), held))
            changed = True
            break
    return kept


def _drop(index: int, count: int, held: Sequence[Phrase]) -> int:
    """Which cut to take away so that a thin column goes to its neighbour: an opening mark to the right, a closing one,
    or dots, to the left."""
    opens = bool(held) and all(p.text[0] in "$€£¥([" for p in held)
    if opens or index == 0:
        return min(index, count - 1)
    return index - 1
