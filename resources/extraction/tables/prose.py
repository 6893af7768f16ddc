"""Running text on a page: lines that break where the column ends, and not where a cell does.

Prose is found before tables are, so that columns of it are never taken for one. What tells it: the first word of a
line would not have fitted behind the line above; lines of several words; no white that goes down through all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.tables.text import (
    Phrase,
    Rule,
    TextLine,
    breaks_by_width,
    crossed,
    is_number,
    white_strips,
)

PROSE_SPACE = 0.95  # line heights: justified text has wider spaces than a table's cell
MIN_LINES = 3
MIN_FLOW = 0.75  # of the line ends are forced by the column's width
MIN_WORDS = 1.9  # a line, on average: narrow columns have few
MIN_COLUMN = 6  # lines of a narrow column
GUTTER = 0.5  # line heights
CROSSED = 0.07  # of the lines: headings over several columns cross a gutter
MAX_CELL_LINES = 7
MAX_LABEL = 6  # words beside the text of a cell
LONG_LINE = 60  # characters: one line of so many, alone on its level, is running text
MAX_NUMBERS = 0.34  # of the words
NEAR = 5  # lines above and below that tell where a column ends
WINDOW = 5  # lines: white that goes through so many is no accident
_MARK = re.compile(r"^(?:\W|\w{1,2}[.)]|\(\w{1,3}\))\s")
_ENDS = (".", "!", "?", ":", ";", "\u3002")


@dataclass
class Prose:
    """Lines of running text under one another; `narrow` where only the gutters tell its column."""

    lines: list[Phrase]
    narrow: bool = False
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = boxes.union(line.box for line in self.lines)


def find_prose(lines: Sequence[TextLine], rules: Sequence[Rule] = ()) -> list[Prose]:
    """The blocks of running text among lines that are parted at PROSE_SPACE; `rules` lie across (y, x0, x1).

    A few lines beside a label, or between the rules of a stack, are the text of a cell.
    """
    chains = [chain for chain in _chains(lines) if _flows(chain)]
    found = {id(word) for chain in chains for phrase in chain for word in phrase.words}
    left = [[p for p in line if not found & {id(word) for word in p.words}] for line in lines]
    plain = len(chains)
    chains += [
        chain for part in _narrow_columns([line for line in left if line]) for chain in _chains(part) if _flows(chain)
    ]
    stacks = _stacks(rules)
    flowing = {id(phrase) for chain in chains for phrase in chain if len(chain) >= MIN_LINES}
    return [
        Prose(chain, index >= plain)
        for index, chain in enumerate(chains)
        if not _in_cell(chain, lines, flowing, stacks)
    ]


def _narrow_columns(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """The lines of each column of what stands between white strips that go down through many lines: in a narrow column
    of justified text the spaces are as wide as gutters, and only the strips tell."""
    found: list[list[TextLine]] = []
    run: list[TextLine] = []
    for line in [*lines, []]:
        if run and (not line or line[0].box[1] - run[-1][0].box[3] > 1.5 * line[0].size):
            if len(run) >= MIN_COLUMN and (strips := _gutters(run)):
                found += _columns(run, strips)
            run = []
        run.append(line)
    return found


def _gutters(lines: Sequence[TextLine]) -> list[tuple[float, float]]:
    """White strips that hardly any line crosses."""
    rows = [[(word.box[0], word.box[2]) for phrase in line for word in phrase.words] for line in lines]
    least = GUTTER * median(line[0].size for line in lines)
    strips: list[tuple[float, float]] = []
    for left, right, crossing in crossed(rows):
        if crossing > CROSSED * len(rows):
            continue
        if strips and strips[-1][1] == left:
            strips[-1] = (strips[-1][0], right)
        else:
            strips.append((left, right))
    return [strip for strip in strips if strip[1] - strip[0] >= least]


def _columns(lines: Sequence[TextLine], strips: Sequence[tuple[float, float]]) -> list[list[TextLine]]:
    cuts = [(start + end) / 2 for start, end in strips]
    edges = [float("-inf"), *cuts, float("inf")]
    words = [[word for phrase in line for word in phrase.words] for line in lines]
    parts = [
        [[w for w in level if left < (w.box[0] + w.box[2]) / 2 < right] for level in words]
        for left, right in pairwise(edges)
    ]
    return [[[Phrase(level)] for level in part if level] for part in parts]


def _in_cell(
    chain: Sequence[Phrase], lines: Sequence[TextLine], flowing: Collection[int], stacks: Sequence[Box]
) -> bool:
    box, size = boxes.union(phrase.box for phrase in chain), chain[0].size
    in_stack = next((s for s in stacks if boxes.overlap(box, s) > 0.5 and box[0] > s[0] + 3 * size), None)
    if len(chain) > MAX_CELL_LINES and in_stack is None:
        return False
    own = {id(phrase) for phrase in chain} | set(flowing)
    top, bottom = (in_stack[1], in_stack[3]) if in_stack else (chain[0].box[1], chain[-1].box[3])
    return any(
        top < phrase.middle < bottom
        and id(phrase) not in own
        and (phrase.box[2] <= box[0] + 1 or phrase.box[0] >= box[2] - 1)
        and (len(phrase.words) <= MAX_LABEL or len(chain) == 1)
        and not _MARK.match(f"{phrase.text} ")
        for line in lines
        for phrase in line
    )


def _stacks(rules: Sequence[Rule]) -> list[Box]:
    """Boxes from the first to the last of three or more rules across with the same ends: a table's, very likely."""
    groups: dict[tuple[int, int], list[Rule]] = {}
    for rule in rules:
        key = next((k for k in groups if abs(k[0] - rule[1]) < 4 and abs(k[1] - rule[2]) < 4), None)
        groups.setdefault(key or (round(rule[1]), round(rule[2])), []).append(rule)
    return [
        (min(r[1] for r in held) - 2, min(r[0] for r in held), max(r[2] for r in held) + 2, max(r[0] for r in held))
        for held in groups.values()
        if len(held) >= 3
    ]


def _chains(lines: Sequence[TextLine]) -> list[list[Phrase]]:
    """Phrases that stand under one another, close and of one size."""
    chains: list[list[Phrase]] = []
    active: list[list[Phrase]] = []
    for line in lines:
        for phrase in line:
            active = [chain for chain in active if phrase.middle - chain[-1].middle < 2 * phrase.size]
            best = max((chain for chain in active if _under(chain, phrase)), key=lambda c: c[-1].box[3], default=None)
            if best is None:
                chain = [phrase]
                chains.append(chain)
                active.append(chain)
            else:
                best.append(phrase)
    return chains


def _under(chain: Sequence[Phrase], phrase: Phrase) -> bool:
    last = chain[-1]
    size = last.size
    if abs(phrase.size - size) > 0.15 * size:
        return False
    pitch = phrase.middle - last.middle  # boxes may be taller than their line: a bullet of another font is
    if not 0.5 * size < pitch < 1.75 * size:
        return False
    if len(chain) >= 2 and pitch > last.middle - chain[-2].middle + 0.35 * size:
        return False
    left = min(other.box[0] for other in chain)
    # A first line may be indented, a list item's first line hangs.
    return abs(phrase.box[0] - left) < 2.2 * size and boxes.shared_width(last.box, phrase.box) > 0


def _flows(chain: Sequence[Phrase]) -> bool:
    words = [word.text for phrase in chain for word in phrase.words]
    if sum(map(is_number, words)) > MAX_NUMBERS * len(words):
        return False
    characters = sum(map(len, words)) / len(chain)
    if len(chain) < MIN_LINES and characters < LONG_LINE * 0.8:
        return False
    if len(chain) == 1:
        return len(chain[0].text) >= LONG_LINE and not _has_wide_gap(chain[0])
    if len(words) < MIN_WORDS * len(chain):
        return False
    forced = free = 0
    for index, (above, below) in enumerate(pairwise(chain)):
        right = max(phrase.box[2] for phrase in chain[max(0, index - NEAR) : index + NEAR])
        if breaks_by_width(above, below, right):
            forced += 1
        elif not above.text.endswith(_ENDS):
            free += 1
    if forced < MIN_FLOW * (forced + free) or forced + free == 0:
        return False
    return not _parted(chain)


def _has_wide_gap(line: Phrase) -> bool:
    return any(b.box[0] - a.box[2] > 0.7 * line.size for a, b in pairwise(line.words))


def _parted(chain: Sequence[Phrase]) -> bool:
    """Whether white goes down through most lines that follow each other: they are rows."""
    rows = [
        phrase.words[1:] if len(phrase.words) > 1 and _MARK.match(phrase.text) else phrase.words for phrase in chain
    ]
    count = min(len(rows), WINDOW)
    least = (0.3 if count >= WINDOW else 0.45) * chain[0].size
    parted = 0
    for start in range(len(rows) - count + 1):
        spans = [(word.box[0], word.box[2]) for row in rows[start : start + count] for word in row]
        parted += bool(white_strips(spans, least))
    return parted > 0.5 * (len(rows) - count + 1)
