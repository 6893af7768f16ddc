"""Tables on a page with a text layer: by their rules where these close every cell, else by all evidence together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.captions import caption_kind
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.layout import Region
from codices.resources.extraction.pages.pdf_objects import PageObjects
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import Cells
from codices.resources.extraction.tables.columns import column_cuts, head_lines
from codices.resources.extraction.tables.evidence import Surroundings, features, probability
from codices.resources.extraction.tables.finish import in_order_of_script, outer_rows
from codices.resources.extraction.tables.prose import PROSE_SPACE, find_prose
from codices.resources.extraction.tables.rows import make_cells
from codices.resources.extraction.tables.ruled_grid import fill, find_grids, is_table, join_rules
from codices.resources.extraction.tables.text import Rule, is_typed_rule, line_height, make_text_lines, phrase_space
from codices.resources.extraction.tables.zones import Zone, find_zones

MIN_SCORE = 0.6
MAX_RECTANGLES = 2000  # whose edges are taken as rules; more are a drawing

MIN_PADDING, MAX_PADDING = 0.4, 9.0  # points between a cell's fill and that of its text
MIN_ROWS = 0.4  # of a grid's rows
BACKGROUND = 0.7  # of the page
MAX_CELL = 90.0  # points, a cell's height
STROKES = 1.0  # points between two strokes of one rule: rules under heads side by side may stand 2 points apart


@dataclass
class FoundTable:
    box: Box  # points
    cells: Cells
    words: list[TextWord]
    columns: list[float] = field(default_factory=list)  # edges of the columns, where they are known


def ruled_tables(objects: PageObjects, words: Sequence[TextWord], size: tuple[float, float]) -> list[FoundTable]:
    """Tables whose cells are drawn with rules or filled rectangles; `size` is the page's."""
    horizontal, vertical = drawn_edges(objects, size)
    upright = [word for word in words if not word.angle]
    found = []
    for grid in find_grids(horizontal, vertical):
        box = boxes.grow(grid.box, 1.0)
        inside = [word for word in upright if boxes.contains(box, boxes.center(word.box))]
        cells, place = fill(grid, inside), grid.box
        if len(cells) == len(grid.rows) - 1:
            first, last = outer_rows(cells)
            cells, place = cells[first:last], (place[0], grid.rows[first], place[2], grid.rows[last])
            inside = [word for word in inside if place[1] <= boxes.center(word.box)[1] <= place[3]]
        if is_table(cells) and _in_rows(cells) and not _is_prose(inside, place):
            cells = in_order_of_script(cells, inside)
            found.append(FoundTable(place, cells, inside, list(grid.columns)))
    return found


def _in_rows(cells: Cells) -> bool:
    """Whether enough rows hold more than one text: a chart's grid has labels at its edges alone."""
    return sum(sum(bool(cell) for cell in row) >= 2 for row in cells) >= MIN_ROWS * len(cells)


def _is_prose(words: Sequence[TextWord], box: Box) -> bool:
    """Whether lines run through the grid from side to side: marks behind running text close no cells."""
    prose = find_prose(make_text_lines(words, (), PROSE_SPACE))
    wide = [block for block in prose if boxes.shared_width(block.box, box) > 0.8 * (box[2] - box[0])]
    held = sum(len(line.words) for block in wide for line in block.lines if len(block.lines) >= 2)
    return held > 0.6 * len(words)


@dataclass
class Candidate:
    """A zone of the page that may be a table, with the evidence for it."""

    table: FoundTable
    evidence: dict[str, float]

    @property
    def probability(self) -> float:
        return probability(self.evidence)


def find_candidates(
    objects: PageObjects,
    words: Sequence[TextWord],
    captions: Sequence[tuple[Box, str]],
    taken: Sequence[Box],
    size: tuple[float, float],
) -> list[Candidate]:
    """Zones of the page that may be tables; `taken` are boxes of tables and figures that are known already,
    `size` is the page's."""
    barriers = [*taken, *(box for box, _ in captions)]
    free = [
        word
        for word in words
        if not word.angle and not any(boxes.contains(b, boxes.center(word.box)) for b in barriers)
    ]
    across, down = drawn_edges(objects, size)
    typed = [word for word in free if is_typed_rule(word.text)]
    if typed:
        across = join_rules([*across, *((boxes.center(w.box)[1], w.box[0], w.box[2]) for w in typed)], gap=STROKES)
        free = [word for word in free if not is_typed_rule(word.text)]
    prose = find_prose(make_text_lines(free, down, PROSE_SPACE), across)
    space = phrase_space(free)
    flowing = {id(word) for block in prose for line in block.lines for word in line.words}
    lines = make_text_lines([word for word in free if id(word) not in flowing], down, space)
    named = [box for box, text in captions if caption_kind(text) == "table"]
    zones = [part for zone in find_zones(lines, prose, across, barriers, size[0]) for part in _by_captions(zone, named)]
    found = [make_candidate(zone, across, down, named) for zone in zones]
    candidates = [candidate for candidate in found if candidate is not None]
    for candidate in candidates:
        held = boxes.grow(candidate.table.box, space)
        candidate.table.words += [word for word in typed if boxes.contains(held, boxes.center(word.box))]
    return candidates


def _by_captions(zone: Zone, captions: Sequence[Box]) -> list[Zone]:
    """The zone cut upright where captions stand side by side above or below it: each names a table of its own."""
    height = line_height(zone.lines)
    near = sorted(
        box
        for box in captions
        if boxes.shared_width(box, zone.box) > 0 and max(zone.box[1] - box[3], box[1] - zone.box[3]) < 2.5 * height
    )
    cuts = [right[0] - 0.5 * height for left, right in pairwise(near) if right[0] > left[2] + height]
    parts = [
        [[phrase for phrase in line if a <= phrase.box[0] < b] for line in zone.lines]
        for a, b in pairwise([float("-inf"), *cuts, float("inf")])
    ]
    found = [[line for line in part if line] for part in parts]
    return [Zone(part, zone.top_rule, zone.bottom_rule) for part in found if part] if cuts else [zone]


def join_cut_tables(tables: Sequence[FoundTable]) -> list[FoundTable]:
    """Tables right under one another with the same columns made one: they were cut at a change of shading or rules."""
    joined: list[FoundTable] = []
    for table in sorted(tables, key=lambda table: table.box[1]):
        above = next((other for other in joined if _goes_on(other, table)), None)
        if above is None:
            joined.append(table)
        else:
            box = boxes.union((above.box, table.box))
            joined[joined.index(above)] = FoundTable(
                box, above.cells + table.cells, above.words + table.words, above.columns
            )
    return joined


def _goes_on(above: FoundTable, table: FoundTable) -> bool:
    size = median(word.size for word in table.words)
    gap = table.box[1] - above.box[3]
    ends = abs(above.box[0] - table.box[0]) < 1.2 * size and abs(above.box[2] - table.box[2]) < 1.2 * size
    return -0.5 * size < gap < 0.7 * size and ends and len(above.cells[0]) == len(table.cells[0])


def make_candidate(
    zone: Zone, across: Sequence[Rule], down: Sequence[Rule], captions: Sequence[Box], layout: float = 0.0
) -> Candidate | None:
    """The zone's cells and the evidence for them; None where it has no two rows and columns."""
    box, height = zone.box, line_height(zone.lines)
    near = boxes.grow(box, height)
    rules = [rule for rule in across if near[1] <= rule[0] <= near[3] and rule[2] > box[0] and rule[1] < box[2]]
    walls = [
        x for x, y0, y1 in down if box[0] < x < box[2] and min(y1, box[3]) - max(y0, box[1]) > 0.6 * (box[3] - box[1])
    ]
    head = head_lines(zone.lines, rules)
    cuts = column_cuts(zone.lines, head, walls)
    cells = make_cells(zone.lines, cuts, head, rules) if cuts else []
    if len(cells) < 2 or not is_table(cells):
        return None
    long = [y for y, x0, x1 in rules if min(x1, box[2]) - max(x0, box[0]) > 0.6 * (box[2] - box[0])]
    inner = [y for y in long if box[1] + 0.5 * height < y < box[3] - 0.5 * height]
    around = Surroundings(
        closed=zone.top_rule and zone.bottom_rule,
        half_closed=zone.top_rule != zone.bottom_rule,
        inner_rules=len(inner),
        caption=any(_adjacent(box, caption) for caption in captions),
        layout=layout,
    )
    words = [word for line in zone.lines for phrase in line for word in phrase.words]
    cells = in_order_of_script(cells, words)
    edges = [y for y in long if near[1] <= y <= near[3]]
    whole = (box[0], min([box[1], *edges]), box[2], max([box[3], *edges]))
    return Candidate(
        FoundTable(whole, cells, words, [box[0], *cuts, box[2]]), features(zone.lines, cells, head, around)
    )


def seen_candidates(
    regions: Sequence[Region],
    objects: PageObjects,
    words: Sequence[TextWord],
    captions: Sequence[tuple[Box, str]],
    taken: Sequence[Box],
    size: tuple[float, float],
) -> list[Candidate]:
    """Candidates where the layout model sees a table and the words' places gave none; `size` is the page's."""
    across, down = drawn_edges(objects, size)
    found: list[Candidate] = []
    for region in regions:
        if region.kind != "table" or region.score < MIN_SCORE:
            continue
        box = boxes.grow(boxes.scale(region.box, *size), 2.0)
        known = [*taken, *(candidate.table.box for candidate in found)]
        if any(boxes.overlap(box, other) > 0.4 or boxes.overlap(other, box) > 0.4 for other in known):
            continue
        inside = [
            word
            for word in words
            if not word.angle
            and boxes.contains(box, boxes.center(word.box))
            and not any(boxes.contains(caption, boxes.center(word.box)) for caption, _ in captions)
        ]
        if len(inside) < 4:
            continue
        named = [caption for caption, text in captions if caption_kind(text) == "table"]
        zone = Zone(make_text_lines(inside, down))
        candidate = make_candidate(zone, across, down, named, region.score)
        if candidate is not None:
            found.append(candidate)
    return found


def with_layout(
    candidates: Sequence[Candidate], regions: Sequence[Region], size: tuple[float, float]
) -> list[Candidate]:
    """The candidates with what the layout model says of their place."""
    tables = [(r.score, boxes.scale(r.box, *size)) for r in regions if r.kind == "table"]
    result = []
    for candidate in candidates:
        score = max((s * boxes.iou(b, candidate.table.box) ** 0.5 for s, b in tables), default=0.0)
        result.append(Candidate(candidate.table, {**candidate.evidence, "layout": score}))
    return result


def drawn_edges(objects: PageObjects, size: tuple[float, float]) -> tuple[list[Rule], list[Rule]]:
    """Rules across and down, the edges of filled rectangles among them, each on one line made one; what is filled or
    framed over most of a page of this size is its background."""
    across, down = list(objects.horizontal), list(objects.vertical)
    if len(objects.shapes) <= MAX_RECTANGLES:
        for x0, y0, x1, y1 in _without_padding(objects.shapes):
            background = (x1 - x0) * (y1 - y0) > BACKGROUND * size[0] * size[1]
            if x1 - x0 > 8 and y1 - y0 > 6 and not background:
                across += [(y0, x0, x1), (y1, x0, x1)]
                down += [(x0, y0, y1), (x1, y0, y1)]
    return join_rules(across, gap=STROKES), join_rules(down, gap=STROKES)


def _without_padding(shapes: Sequence[Box]) -> list[Box]:
    """The shapes without those that lie in another one with a little space around: a word processor fills a cell, and
    the lines of text in it once more."""
    by_left = sorted(shapes)
    lefts = [shape[0] for shape in by_left]

    def padded(box: Box) -> bool:
        for other in by_left[bisect_left(lefts, box[0] - MAX_PADDING) : bisect_right(lefts, box[0] - MIN_PADDING)]:
            beside = MIN_PADDING <= other[2] - box[2] <= MAX_PADDING
            if beside and other[1] - 0.6 <= box[1] and box[3] <= other[3] + 0.6 and other[3] - other[1] < MAX_CELL:
                return True
        return False

    return [box for box in by_left if not padded(box)]


def _adjacent(box: Box, caption: Box) -> bool:
    gap = max(caption[1] - box[3], box[1] - caption[3])
    return gap < 24 and boxes.shared_width(box, caption) > 0


def upwards(words: Sequence[TextWord]) -> bool:
    """Whether the words follow each other up the page, as they do where it has to be turned clockwise."""
    steps = 0
    for before, word in pairwise(words):
        if boxes.shared_width(before.box, word.box) > 0.5 * (word.box[2] - word.box[0]):
            steps += 1 if word.box[1] < before.box[1] else -1
    return steps > 0
