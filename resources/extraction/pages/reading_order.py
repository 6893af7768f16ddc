"""From words with boxes to lines, columns and paragraphs in the order in which a person reads them.

Used for text layers and for OCR alike. All boxes are in points, origin at the top left. Columns are found by cuts
through white space (XY-cut, Nagy and Seth 1984), but rows are only cut apart where the columns change: text that
stands in columns is never interleaved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median
from typing import TypeVar

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.gutters import Wall, between
from codices.resources.extraction.pages.pdf_text import TextWord, runs_leftward

MIN_GUTTER = 0.5  # line heights of white space between two columns
MIN_COLUMN_WIDTH = 0.12  # of the region's width, on average over the column's lines
MIN_COLUMN_LINES = 3
MAX_DEPTH = 12
BULLET_GAP = 2.6  # line heights between a bullet and its item

_LIST_ITEM = re.compile(r"^(?:[•◦▪‣●○■□\u2013\u2014*\-·➢✓§]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\([ivx]{1,4}\))\s+\S")
_HYPHENS = "-\u2010\u00ad"
_BULLET = re.compile(r"^[•◦▪‣●○■□\u2013\u2014*\-·➢✓§]$")


@dataclass
class Line:
    """Words that stand on one baseline without a gap as wide as a column's."""

    words: list[TextWord]
    box: Box = field(init=False)
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.box = boxes.union(word.box for word in self.words)
        self.size = median(word.size for word in self.words)

    @property
    def text(self) -> str:
        text = " ".join([word.text for word in self.words])
        return " ".join(word.text for word in in_order_of_reading(self.words)) if runs_leftward(text) else text

    @property
    def leftward(self) -> bool:
        """Whether the line is written from right to left."""
        turned = sum([len(word.text) for word in self.words if word.leftward])
        return turned > 0 and turned >= 0.5 * sum(len(word.text) for word in self.words)

    @property
    def bold(self) -> bool:
        return sum(len(word.text) for word in self.words if word.bold) > 0.6 * sum(
            len(word.text) for word in self.words
        )


def in_order_of_reading(words: Sequence[TextWord]) -> list[TextWord]:
    """The words of one line; where a script runs from right to left, its words do, and the others among them do not."""
    placed = sorted(words, key=lambda word: word.box[0])
    leftward = Line(placed).leftward
    runs = [list(run) for _, run in groupby(placed, key=lambda word: word.leftward)]
    for run in runs:
        if run[0].leftward:
            run.reverse()
    return [word for run in (reversed(runs) if leftward else runs) for word in run]


@dataclass
class Paragraph:
    lines: list[Line]

    @property
    def box(self) -> Box:
        return boxes.union(line.box for line in self.lines)

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        return join_lines([line.text for line in self.lines])

    @property
    def is_list_item(self) -> bool:
        return bool(_LIST_ITEM.match(self.lines[0].text))


@dataclass
class Fixed:
    """Something that keeps its place in the order as one piece: a table or a figure."""

    box: Box
    value: object


Item = TypeVar("Item", bound="Line | Fixed")


def join_lines(lines: Sequence[str]) -> str:
    """One text from lines; a word broken by a hyphen at a line's end is put together again."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif _is_broken_word(text, line):
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if not text.endswith(("/", "-")) or text.endswith(" -") else text + line
    return text


def _is_broken_word(before: str, after: str) -> bool:
    return (
        len(before) >= 3
        and before[-1] in _HYPHENS
        and before[-2].isalpha()
        and after[:1].islower()
        and sum(character in _HYPHENS for character in before.rsplit(None, 1)[-1]) == 1
    )


def make_lines(words: Iterable[TextWord], walls: Sequence[Wall] = ()) -> list[Line]:
    """Lines from words in stream order: first what the stream has in a row, then neighbours on one baseline; none goes
    through a gutter of `walls`."""
    runs: list[list[TextWord]] = []
    for word in words:
        if runs and _continues(runs[-1][-1], word, walls):
            runs[-1].append(word)
        else:
            runs.append([word])
    lines = [Line(run) for run in runs]
    return _join_neighbours(lines, walls)


def _continues(before: TextWord, word: TextWord, walls: Sequence[Wall]) -> bool:
    if before.angle != word.angle:
        return False
    if word.angle:
        return True
    height = max(min(before.size, word.size), 1.0)
    gap = word.box[0] - before.box[2]
    level = boxes.shared_height(before.box, word.box) > 0.4 * min(
        before.box[3] - before.box[1], word.box[3] - word.box[1]
    )
    near = level and -0.6 * height <= gap <= 1.1 * max(before.size, word.size)
    return near and not between(before.box[2], word.box[0], (word.box[1] + word.box[3]) / 2, walls)


def _join_neighbours(lines: list[Line], walls: Sequence[Wall]) -> list[Line]:
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.box[0], line.box[1])):
        _, top, _, bottom = line.box
        # Two comparisons leave out nearly all pairs.
        level = (other for other in joined if other.box[1] < bottom and other.box[3] > top)
        before = next((other for other in level if _goes_on(other, line, walls)), None)
        if before is None:
            joined.append(line)
        else:
            before.words.extend(line.words)
            before.__post_init__()
    return joined


def _goes_on(before: Line, line: Line, walls: Sequence[Wall]) -> bool:
    """Whether an upright line is the next piece of another on its level."""
    if before.words[0].angle or line.words[0].angle:
        return False
    one, other = before.box, line.box
    if boxes.shared_height(one, other) <= 0.5 * min(one[3] - one[1], other[3] - other[1]):
        return False
    gap, large = other[0] - one[2], max(before.size, line.size)
    if not -0.6 * min(before.size, line.size) <= gap <= BULLET_GAP * large:
        return False
    if gap > large and not _BULLET.match(before.text):
        return False
    return not between(one[2], other[0], (other[1] + other[3]) / 2, walls)


def in_reading_order(items: Sequence[Line | Fixed], width: float) -> list[list[Line | Fixed]]:
    """The items cut into runs of one column each, in reading order; within a run from top to bottom."""
    runs: list[list[Line | Fixed]] = []
    _cut(list(items), width, runs, 0)
    return runs


def _cut(items: list[Line | Fixed], width: float, runs: list[list[Line | Fixed]], depth: int) -> None:
    if len(items) <= 1 or depth >= MAX_DEPTH:
        if items:
            runs.append(_by_rows(items))
        return
    gutter = MIN_GUTTER * _line_height(items)
    groups = _bands(items, gutter)
    if len(groups) > 1:
        single: list[Line | Fixed] = []
        for group in groups:
            if _columns(group, gutter, width) is None:
                single.extend(group)
                continue
            if single:
                runs.append(_by_rows(single))
                single = []
            _cut(group, width, runs, depth + 1)
        if single:
            runs.append(_by_rows(single))
        return
    columns = _columns(items, gutter, width)
    if columns is None:
        runs.append(_by_rows(items))
        return
    leftward = [item.leftward for item in items if isinstance(item, Line)]
    if sum(leftward) > 0.5 * len(leftward):
        columns.reverse()
    for column in columns:
        column_box = boxes.union(item.box for item in column)
        _cut(column, column_box[2] - column_box[0], runs, depth + 1)


def _line_height(items: Sequence[Line | Fixed]) -> float:
    sizes = [item.size for item in items if isinstance(item, Line)]
    return median(sizes) if sizes else 10.0


def _free(items: Sequence[Line | Fixed], gutter: float) -> list[tuple[float, float]]:
    """White strips from top to bottom between items, at least `gutter` wide."""
    strips = []
    edge = None
    for left, right in sorted((item.box[0], item.box[2]) for item in items):
        if edge is not None and left - edge >= gutter:
            strips.append((edge, left))
        edge = right if edge is None else max(edge, right)
    return strips


def _bands(items: list[Line | Fixed], gutter: float) -> list[list[Line | Fixed]]:
    """Horizontal bands in each of which the columns stay the same."""
    atoms: list[list[Line | Fixed]] = []
    bottom = float("-inf")
    for item in sorted(items, key=lambda item: item.box[1]):
        if not atoms or item.box[1] >= bottom - 0.15 * (item.box[3] - item.box[1]):
            atoms.append([item])
        else:
            atoms[-1].append(item)
        bottom = max(bottom, item.box[3])
    groups: list[list[Line | Fixed]] = []
    split = False
    for index, atom in enumerate(atoms):
        if groups:
            together = groups[-1] + atom
            # White beside a heading is no gutter unless the next lines leave it free, too.
            ahead = [] if split else [item for later in atoms[index + 1 : index + 4] for item in later]
            fits = bool(_free(together + ahead, gutter))
            # One column may begin a line above the other.
            begins = not split and bool(ahead) and bool(_free(ahead, gutter)) and bool(_free(atom + ahead, gutter))
            if fits or (not split and not begins and not _free(atom, gutter)):
                groups[-1] = together
                split = fits
                continue
        groups.append(list(atom))
        split = bool(_free(atom, gutter))
    return groups


def _columns(items: Sequence[Line | Fixed], gutter: float, width: float) -> list[list[Line | Fixed]] | None:
    """The items' columns from left to right, or None where what stands side by side is one row of text."""
    strips = _free(items, gutter)
    if not strips:
        return None
    cuts = [(left + right) / 2 for left, right in strips]
    columns: list[list[Line | Fixed]] = [[] for _ in range(len(cuts) + 1)]
    for item in items:
        middle = (item.box[0] + item.box[2]) / 2
        columns[sum(middle > cut for cut in cuts)].append(item)
    merged: list[list[Line | Fixed]] = []
    for column in columns:
        columns_both = merged and _is_column(column, width) and _is_column(merged[-1], width)
        if merged and not (columns_both and _side_by_side(column, merged[-1])):
            merged[-1] = merged[-1] + column
        else:
            merged.append(column)
    return merged if len(merged) > 1 else None


def _side_by_side(one: Sequence[Line | Fixed], other: Sequence[Line | Fixed]) -> bool:
    """Whether lines of one stand at the height of the other, or a table or figure does: else they take turns down the
    page, but for running lines at its top and bottom."""

    def beside(items: Sequence[Line | Fixed], others: Sequence[Line | Fixed]) -> int:
        return sum(
            MIN_COLUMN_LINES if isinstance(item, Fixed) else 1
            for item in items
            if any(boxes.shared_height(item.box, other.box) > 0.2 * (item.box[3] - item.box[1]) for other in others)
        )

    return max(beside(one, other), beside(other, one)) >= MIN_COLUMN_LINES


def _is_column(items: Sequence[Line | Fixed], width: float) -> bool:
    if any(isinstance(item, Fixed) and item.box[2] - item.box[0] > MIN_COLUMN_WIDTH * width for item in items):
        return True
    lines = [item for item in items if isinstance(item, Line)]
    rows = _rows(lines)
    if len(rows) < MIN_COLUMN_LINES:
        return False
    mean = sum(row[-1].box[2] - row[0].box[0] for row in rows) / len(rows)
    return mean >= MIN_COLUMN_WIDTH * width


def _rows(items: Sequence[Item]) -> list[list[Item]]:
    """Items that stand on one level, from top to bottom and each from left to right."""
    rows: list[list[Item]] = []
    for item in sorted(items, key=lambda item: (item.box[1] + item.box[3]) / 2):
        if rows:
            other = rows[-1][0]
            shared = boxes.shared_height(other.box, item.box)
            if shared > 0.5 * min(other.box[3] - other.box[1], item.box[3] - item.box[1]):
                rows[-1].append(item)
                continue
        rows.append([item])
    for row in rows:
        row.sort(key=lambda item: item.box[0])
    return rows


def _by_rows(items: Sequence[Line | Fixed]) -> list[Line | Fixed]:
    """One column from top to bottom; lines on one level become one line."""
    result: list[Line | Fixed] = []
    for row in _rows(items):
        line: Line | None = None
        for item in row:
            if isinstance(item, Fixed):
                result.append(item)
                line = None
            elif line is None:
                line = Line(list(item.words))
                result.append(line)
            else:
                line.words.extend(item.words)
                line.__post_init__()
    return result


def make_paragraphs(run: Sequence[Line | Fixed]) -> list[Paragraph | Fixed]:
    """Paragraphs of one column's run: parted by white space, another size or weight, an indent, a bullet."""
    result: list[Paragraph | Fixed] = []
    lines = [item for item in run if isinstance(item, Line)]
    pitch = _pitch(lines)
    left = min((line.box[0] for line in lines), default=0.0)
    right = max((line.box[2] for line in lines), default=0.0)
    for item in run:
        if isinstance(item, Fixed):
            result.append(item)
            continue
        last = result[-1] if result else None
        if isinstance(last, Paragraph) and _same_paragraph(last, item, pitch, left, right):
            last.lines.append(item)
        else:
            result.append(Paragraph([item]))
    return result


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance from line to line, in line heights."""
    distances = [
        (b.box[1] - a.box[1]) / max(a.size, 1.0)
        for a, b in pairwise(lines)
        if 0.6 < (b.box[1] - a.box[1]) / max(a.size, 1.0) < 2.2
    ]
    return median(distances) if distances else 1.3


def _same_paragraph(paragraph: Paragraph, line: Line, pitch: float, left: float, right: float) -> bool:
    last = paragraph.lines[-1]
    distance = (line.box[1] - last.box[1]) / max(min(last.size, line.size), 1.0)
    if distance > max(pitch * 1.25, pitch + 0.25) or distance < 0:
        return False
    if abs(line.size - last.size) > 0.18 * max(line.size, last.size) and len(line.text) > 3:
        return False
    if line.leftward != last.leftward:
        return False
    if line.bold != last.bold and (line.bold or paragraph.bold):
        return False
    if _LIST_ITEM.match(line.text) and not last.text.endswith("-"):
        return False
    first = paragraph.lines[0]
    hanging = paragraph.is_list_item or len(paragraph.lines) == 1
    indent, space = line.box[0] - last.box[0], right - last.box[2]
    further = line.box[0] > first.box[0]
    if line.leftward:
        indent, space = last.box[2] - line.box[2], last.box[0] - left
        further = line.box[2] < first.box[2]
    ended_early = space > 0.25 * (right - left)
    starts_indented = indent > 0.8 * line.size and not hanging
    return not (starts_indented or (ended_early and indent > 0.8 * line.size and further))
