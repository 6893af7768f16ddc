"""Where on a page a table without a closed grid may stand: rows of several phrases, one under another, with white
between them that no row crosses.

A zone is only a candidate; `table_evidence` decides. Running text is taken out first, so that a zone never goes
through it. Units are points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.tables.prose import Prose
from codices.resources.extraction.tables.text import (
    Phrase,
    Rule,
    TextLine,
    is_number,
    line_box,
    line_height,
    white_strips,
)

MAX_GAP = 2.6  # line heights of white between two rows of one table
MAX_HEAD_LINES = 8  # above the first row with several phrases and below the table's top rule
MIN_STRIP = 0.25  # line heights: white that keeps two columns apart


@dataclass
class Zone:
    """Text lines that may be one table; `top_rule` and `bottom_rule` tell whether rules close it."""

    lines: list[TextLine]
    top_rule: bool = False
    bottom_rule: bool = False
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = boxes.union(line_box(line) for line in self.lines)


def find_zones(
    lines: Sequence[TextLine], prose: Sequence[Prose], rules: Sequence[Rule], barriers: Sequence[Box], width: float
) -> list[Zone]:
    """Candidates from top to bottom.

    `lines` are the page's lines without prose; `rules` lie across (y, x0, x1); nothing goes through `barriers`
    (captions, tables and figures that are known) or prose.
    """
    walls = [*barriers, *(block.box for block in prose)]
    found = []
    for column in _columns(lines, prose, rules, width):
        inside = [
            [phrase for phrase in line if column[0] <= boxes.center(phrase.box)[0] <= column[1]] for line in lines
        ]
        inside = [line for line in inside if line]
        runs = _runs(inside, walls, rules)
        for run in runs:
            others = [line_box(line) for other in runs if other is not run for line in other]
            zone = _closed(run, inside, [*walls, *others], rules)
            if zone is not None:
                found.append(zone)
    return sorted(found, key=lambda zone: (zone.box[1], zone.box[0]))


def _columns(
    lines: Sequence[TextLine], prose: Sequence[Prose], rules: Sequence[Rule], width: float
) -> list[tuple[float, float]]:
    """The page's columns, as far as running text tells them; what crosses a gutter opens it."""
    spans = [(block.box[0], block.box[2]) for block in prose if len(block.lines) >= 3]
    narrow = [span for span in spans if span[1] - span[0] < 0.55 * width]
    if not narrow:
        return [(0.0, width)]
    strips = white_strips(narrow, 4.0)
    left, right = min(span[0] for span in narrow), max(span[1] for span in narrow)
    if left > 0.42 * width:
        strips.append((left - 12, left - 2))
    if right < 0.58 * width:
        strips.append((right + 2, right + 12))
    cuts = []
    for start, end in strips:
        middle = (start + end) / 2
        crossing = sum(phrase.box[0] < middle < phrase.box[2] for line in lines for phrase in line)
        crossing += sum(x0 < middle < x1 for _, x0, x1 in rules)
        if crossing <= 2:
            cuts.append(middle)
    return list(pairwise([0.0, *sorted(cuts), width]))


def _runs(lines: Sequence[TextLine], walls: Sequence[Box], rules: Sequence[Rule]) -> list[list[TextLine]]:
    """Lines on end of which most have several phrases, and that share white between their columns."""
    runs: list[list[TextLine]] = []
    current: list[TextLine] = []
    for line in lines:
        if current and not _goes_on(current, line, walls, rules):
            runs.append(current)
            current = []
        if current or len(line) >= 2:
            current.append(line)
    if current:
        runs.append(current)
    trimmed = [_trimmed(part) for run in runs for part in _at_new_heads(run)]
    return [run for run in trimmed if sum(len(line) >= 2 for line in run) >= 2]


def _goes_on(run: Sequence[TextLine], line: TextLine, walls: Sequence[Box], rules: Sequence[Rule]) -> bool:
    box, above = line_box(line), line_box(run[-1])
    whole = boxes.union(line_box(other) for other in run)
    size = line_height([line])
    gap = box[1] - above[3]
    usual = median([max(0.0, b[0][1] - a[0][3]) for a, b in pairwise([[line_box(x)] for x in run])] or [0.0])
    if gap > max(MAX_GAP * size, 2.2 * usual + 0.5 * size):
        return False
    between = (min(whole[0], box[0]), above[3] - 0.5 * size, max(whole[2], box[2]), box[1] + 0.5 * size)
    if any(_intervenes(wall, between) for wall in walls):
        return False
    if len(line) == 1:
        lone = 0
        for other in reversed(run):
            if len(other) > 1:
                break
            lone += 1
        return lone < 3
    several = [other for other in run if len(other) > 1][-6:]
    spans = [(phrase.box[0], phrase.box[2]) for other in [*several, line] for phrase in other]
    return bool(white_strips(spans, MIN_STRIP * size)) or (len(several) <= 1 and gap < size)


def _intervenes(wall: Box, between: Box) -> bool:
    middle = (wall[1] + wall[3]) / 2
    return (
        boxes.shared_width(wall, between) > 0
        and wall[1] < between[3]
        and wall[3] > between[1]
        and between[1] < middle
        and (middle < between[3] or wall[1] < between[3])
    )


def _at_new_heads(run: list[TextLine]) -> list[list[TextLine]]:
    """The run cut where another table's head begins: a bold line like its first one, below rows that are not, the
    same line again, or one with the same label below white. Lone lines right above are that table's heading."""
    first = run[0]
    parts: list[list[TextLine]] = [[]]
    for index, line in enumerate(run):
        body = [other for other in parts[-1][1:] if len(other) >= 2]
        alike = len(line) >= 2 and _is_bold_head(line) and _is_bold_head(first)
        bold = alike and not any(phrase.bold for other in body for phrase in other[1:])
        again = len(line) >= 3 and index > 0 and _is_head_again(line, first, run[index - 1])
        if body and (bold or again):
            while parts[-1] and len(parts[-1][-1]) == 1:
                parts[-1].pop()
            parts.append([])
        parts[-1].append(line)
    return parts


def _is_head_again(line: TextLine, first: TextLine, above: TextLine) -> bool:
    if [phrase.text for phrase in line] == [phrase.text for phrase in first]:
        return True
    label = line[0].text
    same = len(line) == len(first) and label == first[0].text and not is_number(label)
    return same and (len(above) == 1 or line_box(line)[1] - line_box(above)[3] > line_height([line]))


def _is_bold_head(line: TextLine) -> bool:
    return all(phrase.bold and not is_number(phrase.text) for phrase in line)


def _trimmed(run: list[TextLine]) -> list[TextLine]:
    """Without lone phrases at the end that do not go on with the row above them."""
    run = list(run)
    while run and len(run[-1]) == 1 and not _continues_cell(run):
        run.pop()
    return run


def _continues_cell(run: Sequence[TextLine]) -> bool:
    above = [line for line in run[:-1] if len(line) > 1]
    if not above:
        return False
    last, size = run[-1][0], line_height(run[-1:])
    if last.box[1] - line_box(run[-2])[3] > 0.4 * size:
        return False
    under = [index for index, phrase in enumerate(above[-1]) if boxes.shared_width(phrase.box, last.box) > 0]
    return len(under) == 1 and under[0] > 0 and last.box[2] - last.box[0] < 0.6 * (line_box(above[-1])[2] - last.box[0])


def _closed(run: list[TextLine], lines: Sequence[TextLine], walls: Sequence[Box], rules: Sequence[Rule]) -> Zone | None:
    """The run with the lines up to the rules that close it: its heads over columns, its last lines."""
    box = boxes.union(line_box(line) for line in run)
    size = line_height(run)
    long = [rule for rule in rules if _spans(rule, box)]
    top = max((y for y, _, _ in long if y < box[1] + 0.3 * size), default=None)
    bottom = min((y for y, _, _ in long if y > box[3] - 0.3 * size), default=None)
    edges = [(x0, x1) for y, x0, x1 in long if y in (top, bottom)]
    left, right = min([box[0], *(x0 for x0, _ in edges)]), max([box[2], *(x1 for _, x1 in edges)])
    above = _between(lines, top, box[1], (left, right)) if top is not None else []
    # A rule right under a head row may have been taken for the top one: look one rule further.
    further = max((y for y, _, _ in long if top is not None and y < top - 0.5 * size), default=None)
    if not above and further is not None and top is not None:
        between = _between(lines, further, top, (left, right))
        if between and top - further < MAX_HEAD_LINES * 1.5 * size and _free(between, walls):
            above, top = between, further
    below = _between(lines, box[3], bottom, (left, right)) if bottom is not None else []
    head = above if _close(above, box[1], size, before=True) and _free(above, walls) else []
    tail = below if len(below) <= 2 and _close(below, box[3], size, before=False) and _free(below, walls) else []
    if not head:
        head = _spanning_heads(run, lines, walls)
    whole = boxes.union(line_box(line) for line in [*head, *run, *tail])
    return Zone(
        [*head, *run, *tail],
        top is not None and whole[1] - top < 1.5 * size,
        bottom is not None and bottom - whole[3] < 1.5 * size,
    )


def _spans(rule: Rule, box: Box) -> bool:
    _, x0, x1 = rule
    width = box[2] - box[0]
    shared = min(x1, box[2]) - max(x0, box[0])
    return shared > 0.7 * width and x1 - x0 < 1.6 * width + 40


def _between(lines: Sequence[TextLine], top: float, bottom: float, across: tuple[float, float]) -> list[TextLine]:
    found = []
    for line in lines:
        inside = [p for p in line if top - 1 < p.middle < bottom - 0.1 * p.size and p.box[2] > across[0] - 2]
        inside = [phrase for phrase in inside if phrase.box[0] < across[1] + 2]
        if inside:
            found.append(inside)
    return found


def _close(lines: Sequence[TextLine], edge: float, size: float, before: bool) -> bool:
    if not lines or len(lines) > MAX_HEAD_LINES:
        return False
    box = boxes.union(line_box(line) for line in lines)
    gap = edge - box[3] if before else box[1] - edge
    inner = [max(0.0, line_box(b)[1] - line_box(a)[3]) for a, b in pairwise(lines)]
    return max([gap, *inner]) < MAX_GAP * size


def _free(lines: Sequence[TextLine], walls: Sequence[Box]) -> bool:
    return not any(boxes.overlap(phrase.box, wall) > 0.5 for line in lines for phrase in line for wall in walls)


def _spanning_heads(run: Sequence[TextLine], lines: Sequence[TextLine], walls: Sequence[Box]) -> list[TextLine]:
    """A line above whose lone phrase is centred over some of the columns, but not the first."""
    box, size = line_box(run[0]), line_height(run)
    whole = boxes.union(line_box(line) for line in run)
    for line in reversed(lines):
        above = line_box(line)
        if above[3] > box[1] + 0.3 * size or line is run[0]:
            continue
        phrase: Phrase = line[0]
        near = box[1] - above[3] < 0.9 * size
        inside = above[0] > run[0][0].box[2] - size and above[2] <= whole[2] + 0.5 * size
        if len(line) == 1 and near and inside and _free([line], walls) and len(phrase.text) < 60:
            return [line]
        return []
    return []
