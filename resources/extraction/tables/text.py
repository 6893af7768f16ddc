"""Words of a zone as phrases and lines: the pieces from which tables are told from running text.

A phrase is a run of words that one glance takes together; a line is the phrases on one level. Units are points.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord

SPACE = 0.46  # line heights: wider white between two words parts them (a word space is about 0.22)
MAX_SPACE = 0.8
MIN_WORDS = 12  # for the widths of their letters to say anything
ONE_WIDTH = 0.05  # by which the widths of a typewriter's letters differ, as a word's box tells them
NUMBERS_APART = 0.3  # between two numbers, which have no space within but between thousands
LEVEL = 0.3  # line heights by which the middles of one line's words may differ
MIN_LEADERS = 4
DOTS_APART = 2.0  # line heights between the dots of one leader
MIN_TYPED = 8  # characters of a typed rule; fewer stand for "no value"
MAX_NUMBER = 40  # characters

Rule = tuple[float, float, float]  # position across, start, end

_NUMBER = re.compile(
    r"^[(\[<>~≈≤≥±+\-\u2212\u2013\u2014$€£¥]*[\d.,:/'\u2019\u00a0\u202f\-\u2013\u2014\u2212]*\d[\d.,:/'\u2019\-\u2013\u2212]*"
    r"[%‰°)\]*†‡\u00b9\u00b2\u00b3]*(?:[a-zµμΩ²³/]{1,5})?[)\]*†‡\u00b9\u00b2\u00b3]*$",
    re.IGNORECASE,
)
_BLANK = re.compile(r"^(?:[\-\u2010-\u2015\u2212†‡*.…]+|n/?a|nd|na\.?)$", re.IGNORECASE)  # stands for "no value"
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0]\d{3})*$")


@dataclass
class Phrase:
    """Words side by side that belong together; they do not change."""

    words: list[TextWord]
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = boxes.union(word.box for word in self.words)

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def size(self) -> float:
        return median(word.size for word in self.words)

    @cached_property
    def bold(self) -> bool:
        return sum(word.bold for word in self.words) > len(self.words) / 2

    @cached_property
    def middle(self) -> float:
        return median((word.box[1] + word.box[3]) / 2 for word in self.words)


TextLine = list[Phrase]


LEADERS = re.compile(r"(?:\.\s?){5,}")  # from a heading to its page number, in a table of contents


def is_number(text: str) -> bool:
    """Whether the text is what stands in a column of numbers: a number with its signs and unit, or a mark for none."""
    text = text.replace(" ", "")
    return len(text) <= MAX_NUMBER and bool(_NUMBER.match(text) or _BLANK.match(text))


def is_leaders(text: str) -> bool:
    """Whether the text is dots that lead the eye from a label to its value."""
    text = text.replace(" ", "")
    return len(text) >= MIN_LEADERS and not text.strip(".·…_")


def _is_dot(text: str) -> bool:
    return text in (".", "..", "·", "…")  # of leaders that are set apart


def is_typed_rule(text: str) -> bool:
    """Whether the text is a rule typed with hyphens, underscores or equals signs."""
    return len(text) >= MIN_TYPED and len(set(text)) == 1 and text[0] in "-_=\u2013\u2014\u2500\u2550"


def make_text_lines(words: Iterable[TextWord], walls: Sequence[Rule] = (), space: float = SPACE) -> list[TextLine]:
    """Lines from top to bottom, each a list of phrases from left to right; no phrase goes through a wall.

    `walls` are upright rules (x, top, bottom); `space` is the white, in line heights, that parts phrases.
    """
    lines: list[TextLine] = []
    for level in _levels(words):
        phrases: list[list[TextWord]] = []
        for word in level:
            if phrases and _together(phrases[-1], word, walls, space):
                phrases[-1].append(word)
            else:
                phrases.append([word])
        lines.append([Phrase(held) for held in phrases])
    return lines


def levels_of(words: Iterable[TextWord]) -> list[Phrase]:
    """What stands on each level, from top to bottom, however wide the white within it."""
    return [Phrase(level) for level in _levels(words)]


def phrase_space(words: Iterable[TextWord]) -> float:
    """The white that parts phrases on this page, in line heights: more than twice the usual word space, which is wide
    where all letters are of one width."""
    held = list(words)
    letter = _letter_of_one_width(held)
    if letter is not None:
        return max(SPACE, 1.5 * letter)
    gaps = [
        (b.box[0] - a.box[2]) / max(a.size, 1.0)
        for level in _levels(held)
        for a, b in pairwise(level)
        if not (is_number(a.text) or is_number(b.text))
    ]
    near = [gap for gap in gaps if 0 < gap < 1]
    return min(max(SPACE, 1.5 * median(near)), MAX_SPACE) if len(near) >= 20 else SPACE


def _letter_of_one_width(words: Sequence[TextWord]) -> float | None:
    """The width of a letter, and of a space, in line heights where nearly all words have letters of one width."""
    widths = sorted((w.box[2] - w.box[0]) / len(w.text) / max(w.size, 1.0) for w in words if len(w.text) > 2)
    if len(widths) < MIN_WORDS:
        return None
    low, high = widths[len(widths) // 10], widths[-1 - len(widths) // 10]
    return median(widths) if high - low < ONE_WIDTH * high else None


def _levels(words: Iterable[TextWord]) -> list[list[TextWord]]:
    """Words by the level that they stand on, small ones (raised or lowered) with what they touch."""
    found: list[list[TextWord]] = []
    middles: list[float] = []
    placed: list[tuple[float, int]] = []  # middles in order, with the level that each is of
    ordered = sorted(words, key=lambda word: (word.box[1] + word.box[3]) / 2)
    reach = 0.45 * max((word.size for word in ordered), default=0.0)
    for word in sorted(ordered, key=lambda word: -round(word.size)):
        middle = (word.box[1] + word.box[3]) / 2
        near = placed[bisect_left(placed, (middle - reach, -1)) : bisect_right(placed, (middle + reach, len(found)))]
        best = None
        for level, index in sorted(near, key=lambda place: place[1]):
            size = found[index][0].size
            limit = LEVEL * min(size, word.size) if word.size > 0.8 * size else 0.45 * size
            if abs(level - middle) < limit and (best is None or abs(level - middle) < abs(middles[best] - middle)):
                best = index
        if best is None:
            insort(placed, (middle, len(found)))
            found.append([word])
            middles.append(middle)
        else:
            found[best].append(word)
    order = sorted(range(len(found)), key=lambda index: middles[index])
    return [sorted(found[index], key=lambda word: word.box[0]) for index in order]


def _together(before: Sequence[TextWord], word: TextWord, walls: Sequence[Rule], space: float) -> bool:
    last = before[-1]
    size = max(min(last.size, word.size), 1.0)
    gap = word.box[0] - last.box[2]
    if gap > (DOTS_APART if _is_dot(last.text) and _is_dot(word.text) else space) * max(last.size, word.size):
        return False
    middle = (word.box[1] + word.box[3]) / 2
    near = last.box[2] - 0.15 * size, word.box[0] + 0.15 * size
    if any(near[0] <= x <= near[1] and top - 1 <= middle <= bottom + 1 for x, top, bottom in walls):
        return False
    if (is_leaders(last.text) or _is_dot(last.text)) != (is_leaders(word.text) or _is_dot(word.text)):
        return False
    if _is_dot(last.text):
        return True
    if gap > NUMBERS_APART * size and is_number(last.text) and is_number(word.text):
        return bool(gap < SPACE * size and _THOUSANDS.match(last.text) and re.match(r"\d{3}\b", word.text))
    return True


def line_height(lines: Sequence[TextLine]) -> float:
    """The usual height of a line's box, in points."""
    sizes = [phrase.size for line in lines for phrase in line]
    return median(sizes) if sizes else 10.0


def line_box(line: TextLine) -> Box:
    return boxes.union(phrase.box for phrase in line)


def breaks_by_width(above: Phrase, below: Phrase, right: float) -> bool:
    """Whether the lower line's first word did not fit behind the upper line, whose column ends at `right`:
    the mark of text that flows on."""
    first = below.words[0]
    return above.box[2] + 0.2 * above.size + (first.box[2] - first.box[0]) > right - 0.6 * above.size


def white_strips(spans: Iterable[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    """The gaps of at least `least` between spans that lie side by side."""
    merged: list[list[float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return [(a[1], b[0]) for a, b in pairwise(merged) if b[0] - a[1] >= least]


def crossed(rows: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float, int]]:
    """From edge to edge of all spans, from left to right: (left, right, how many rows have a span over it)."""
    edges = sorted({x for row in rows for span in row for x in span})
    at = {x: index for index, x in enumerate(edges)}
    change = [0] * len(edges)
    for row in rows:
        reached = 0
        for start, end in sorted(row):
            first, last = max(at[start], reached), at[end]
            if last > first:
                change[first] += 1
                change[last] -= 1
                reached = last
    return [(left, right, count) for (left, right), count in zip(pairwise(edges), accumulate(change), strict=False)]
