"""White strips between a page's columns, found before its words are joined to lines: in a narrow gutter the white is no
wider than between two words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from codices.resources.extraction.pages.pdf_text import TextWord

Wall = tuple[float, float, float]  # x, top, bottom

WIDTH = 6.0  # points of white at least
STEP = 2.0  # points
MARGIN = 0.15  # of the page's width: no gutter stands nearer to its sides
MIN_LINES = 5  # on either side
MIN_COLUMN = 0.12  # of the page's width: what is narrower is a list's marks or a table's column
MIN_WORDS = 24  # of a page with columns
MAX_COMPARED = 200_000  # words by places looked at in one go


def find_gutters(words: Sequence[TextWord], width: float) -> list[Wall]:
    """Upright strips (x, top, bottom; points) that no word crosses, with columns of text on both sides; `width` is the
    page's."""
    upright = [word for word in words if not word.angle]
    if len(upright) < MIN_WORDS:
        return []
    edges = np.array(sorted((word.box for word in upright), key=lambda box: box[1]))
    middles = (edges[:, 1] + edges[:, 3]) / 2
    size = median(word.size for word in upright)
    found: list[Wall] = []
    levels: dict[tuple[float, float], tuple[np.ndarray, list[float], list[float]]] = {}
    known: dict[tuple[float, float, int, int], bool] = {}  # most strips have the words of the one before beside them
    for x, top, bottom in _free_strips(edges, np.arange(MARGIN * width, (1 - MARGIN) * width, STEP), size):
        if (top, bottom) not in levels:
            held = edges[(middles > top) & (middles < bottom)]
            levels[top, bottom] = held, np.sort(held[:, 0]).tolist(), np.sort(held[:, 2]).tolist()
        held, lefts, rights = levels[top, bottom]
        key = (top, bottom, bisect_right(rights, x), len(lefts) - bisect_left(lefts, x))
        if key not in known:
            known[key] = _has_columns(held[held[:, 2] <= x], held[held[:, 0] >= x], size, width)
        if known[key]:
            found.append((x, top, bottom))
    return _middles(found)


def _free_strips(edges: np.ndarray, across: np.ndarray, size: float) -> Iterator[Wall]:
    """Where down the page no word crosses one of the places `across`, for as long as MIN_LINES take; `edges` has the
    words' boxes from the top down."""
    first, end = edges[0, 1] - 1, edges[:, 3].max() + 1
    tops = np.append(edges[:, 1], end)
    at_once = max(1, MAX_COMPARED // len(edges))
    for start in range(0, len(across), at_once):
        part = across[start : start + at_once, None]
        crossing = (edges[:, 0] < part + WIDTH / 2) & (edges[:, 2] > part - WIDTH / 2)
        reached = np.maximum.accumulate(np.where(crossing, edges[:, 3], first), axis=1)
        above = np.insert(reached, 0, first, axis=1)  # where the words above each word end
        ends_strip = np.append(crossing, np.ones((len(part), 1), bool), axis=1)
        for place, word in np.argwhere(ends_strip & (tops - above >= MIN_LINES * size)).tolist():
            yield float(part[place, 0]), float(above[place, word]), float(tops[word])


def _has_columns(left: np.ndarray, right: np.ndarray, size: float, width: float) -> bool:
    if min(len(left), len(right)) < MIN_WORDS / 2:
        return False
    spans = []
    for side in (left, right):
        lengths = _line_lengths(side, size)
        if len(lengths) < MIN_LINES or float(np.mean(lengths)) < MIN_COLUMN * width:
            return False
        spans.append((float(side[:, 1].min()), float(side[:, 3].max())))
    return min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0]) >= MIN_LINES * size


def _line_lengths(side: np.ndarray, size: float) -> np.ndarray:
    """From the first word's left edge to the last one's right edge, line by line."""
    levels = np.round((side[:, 1] + side[:, 3]) / 2 / size)
    order = np.argsort(levels, kind="stable")
    starts = np.flatnonzero(np.diff(levels[order], prepend=-np.inf))
    return np.maximum.reduceat(side[order, 2], starts) - np.minimum.reduceat(side[order, 0], starts)


def _middles(found: Sequence[Wall]) -> list[Wall]:
    """One wall for strips side by side: the middle of those that reach down as far as the longest."""
    groups: list[list[Wall]] = []
    for wall in sorted(found):
        group = next((g for g in groups if wall[0] - g[-1][0] <= STEP + 0.1 and _shared(g[-1], wall) > 0), None)
        if group is None:
            groups.append([wall])
        else:
            group.append(wall)
    result = []
    for group in groups:
        longest = max(bottom - top for _, top, bottom in group)
        best = [wall for wall in group if wall[2] - wall[1] >= 0.9 * longest]
        result.append(best[len(best) // 2])
    return result


def _shared(one: Wall, other: Wall) -> float:
    return min(one[2], other[2]) - max(one[1], other[1])


def between(left: float, right: float, middle: float, walls: Sequence[Wall]) -> bool:
    """Whether a gutter stands between two words that end and begin at these x, on the level `middle`."""
    return any(left - 1 <= x <= right + 1 and top <= middle <= bottom for x, top, bottom in walls)


def parted(words: Sequence[TextWord], walls: Sequence[Wall]) -> list[list[TextWord]]:
    """The words of one level, from left to right, parted at gutters."""
    parts = [[words[0]]]
    for before, word in pairwise(words):
        if between(before.box[2], word.box[0], (word.box[1] + word.box[3]) / 2, walls):
            parts.append([])
        parts[-1].append(word)
    return parts
