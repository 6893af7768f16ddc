"""From a table's lines and columns to its cells: heads over columns, rows of several lines, spans.

A line goes on with the row above it where its cells could not hold more: its first word did not fit behind the line
above, as in running text. Rules across are rows' edges where they are drawn between all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import Cells, text_of
from codices.resources.extraction.tables.text import (
    Phrase,
    Rule,
    TextLine,
    breaks_by_width,
    is_leaders,
    is_number,
    line_height,
)

Extent = tuple[float, float]

HALF_LINE = 0.72  # line heights
TIP = 0.25  # of a phrase's width may reach over a cut without being a span


@dataclass
class Placed:
    """A phrase in its columns, first to last."""

    phrase: Phrase
    first: int
    last: int


@dataclass
class Row:
    lines: list[list[Placed]] = field(default_factory=list)

    @property
    def columns(self) -> set[int]:
        return {c for line in self.lines for piece in line for c in range(piece.first, piece.last + 1)}


def make_cells(lines: Sequence[TextLine], cuts: Sequence[float], head: int, rules: Sequence[Rule] = ()) -> Cells:
    """Rows of cells from lines (top to bottom), the cuts between columns and the number of lines in the head.

    `rules` lie across (y, x0, x1). A cell covered by a span over columns is None, an empty one ''.
    """
    upper, lower = lines[:head], lines[head:]
    extents = _extents(lower, cuts)
    placed = [place(line, cuts, extents, lines, rules, head=True) for line in upper]
    placed += [place(line, cuts, extents, lines) for line in lower]
    rights = _right_edges(placed[head:] or placed, len(cuts) + 1)
    height = line_height(lines)
    body = _body_rows(placed[head:], rights, rules, height)
    rows = [*_head_rows(placed[:head], cuts, rules, height), *body]
    cells = [_cells(row, len(cuts) + 1) for row in rows]
    _raise_heads(cells, len(rows) - len(body))
    return cells


def place(
    line: TextLine,
    cuts: Sequence[float],
    extents: Sequence[Extent | None],
    lines: Sequence[TextLine] = (),
    rules: Sequence[Rule] = (),
    head: bool = False,
) -> list[Placed]:
    """The line's phrases in columns; dots that lead to a value are left out. `lines` and `rules` tell of heads over
    several columns, which are not parted, nor is what stands alone on a line of the `head`."""
    result = []
    whole = [(head and len(line) == 1) or rule_under(phrase, lines, rules) is not None for phrase in line]
    parts = [
        p for held, kept in zip(line, whole, strict=True) for p in ([held] if kept else _split(held, cuts, extents))
    ]
    for phrase in parts:
        if is_leaders(phrase.text):
            continue
        x0, x1 = phrase.box[0], phrase.box[2]
        tip = min(TIP * (x1 - x0), phrase.size)
        first = sum(cut <= x0 + tip for cut in cuts)
        last = sum(cut < x1 - tip for cut in cuts)
        result.append(Placed(phrase, first, max(first, last)))
    return result


def _extents(lines: Sequence[TextLine], cuts: Sequence[float]) -> list[Extent | None]:
    """Left and right end of what stands in each column alone; None where nothing does."""
    found: list[Extent | None] = [None] * (len(cuts) + 1)
    for phrase in (phrase for line in lines for phrase in line):
        first, last = (sum(cut <= x for cut in cuts) for x in (phrase.box[0], phrase.box[2]))
        if first == last:
            held = found[first]
            x0, x1 = phrase.box[0], phrase.box[2]
            found[first] = (min(held[0], x0), max(held[1], x1)) if held else (x0, x1)
    return found


def _split(phrase: Phrase, cuts: Sequence[float], extents: Sequence[Extent | None]) -> list[Phrase]:
    """The phrase parted at a cut: where the white there is wider than the space between its other words, or where
    both parts stand as the columns do."""
    size = phrase.size
    gaps = [b.box[0] - a.box[2] for a, b in pairwise(phrase.words)]
    for index, gap in enumerate(gaps):
        middle = (phrase.words[index].box[2] + phrase.words[index + 1].box[0]) / 2
        column = min(range(len(cuts)), key=lambda c: abs(cuts[c] - middle), default=None)
        if column is None or abs(cuts[column] - middle) > 1.5 * size:
            continue
        others = [other for place, other in enumerate(gaps) if place != index]
        wide = gap > 0.3 * size and (not others or gap > 1.3 * median(others))
        first, second = Phrase(phrase.words[: index + 1]), Phrase(phrase.words[index + 1 :])
        at_cut = abs(cuts[column] - middle) < 0.5 * size + gap / 2
        if (wide and at_cut) or (_stands_in(first, extents[column]) and _stands_in(second, extents[column + 1])):
            return [first, *_split(second, cuts, extents)]
    return [phrase]


def _stands_in(phrase: Phrase, extent: Extent | None) -> bool:
    """Whether a phrase is set to the left, the right or the middle of its column."""
    if extent is None:
        return False
    x0, x1 = phrase.box[0], phrase.box[2]
    off = min(abs(x0 - extent[0]), abs(x1 - extent[1]), abs(x0 + x1 - extent[0] - extent[1]) / 2)
    return off < 0.35 * phrase.size


def _right_edges(placed: Sequence[Sequence[Placed]], width: int) -> list[float]:
    edges = [0.0] * width
    for line in placed:
        for piece in line:
            if piece.first == piece.last:
                edges[piece.last] = max(edges[piece.last], piece.phrase.box[2])
    return edges


def _middle(line: Sequence[Placed]) -> float:
    return median(piece.phrase.middle for piece in line)


# --- the head


def _head_rows(
    placed: Sequence[list[Placed]], cuts: Sequence[float], rules: Sequence[Rule], height: float
) -> list[Row]:
    """Rows of the head: heads over several columns apart from the heads of single columns below them.

    A head of one column may take several lines; they are one cell, wherever the lines of its neighbours stand.
    """
    lines = [_spread(list(line), index, placed, cuts, rules) for index, line in enumerate(placed) if line]
    if not lines:
        return []
    rows: list[Row] = []
    for index, line in enumerate(lines):
        if rows and _joins_head(rows[-1], line, lines[index - 1], rules, height):
            rows[-1].lines.append(line)
        else:
            rows.append(Row([line]))
    _gather(rows, rules, height)
    return [row for row in rows if any(row.lines)]


def _spread(
    line: list[Placed], index: int, placed: Sequence[Sequence[Placed]], cuts: Sequence[float], rules: Sequence[Rule]
) -> list[Placed]:
    """Heads widened to the columns over which they stand: as a rule under them says, or by their middle."""
    if index == len(placed) - 1:
        return line
    width = len(cuts) + 1
    taken = {c for piece in line for c in range(piece.first, piece.last + 1)}
    below = placed[index + 1 :]
    lines = [[p.phrase for p in held] for held in placed]
    for piece in line:
        under = rule_under(piece.phrase, lines, rules)
        if under is not None:
            inside = [
                p for later in below for p in later if under[0] - 2 <= boxes.center(p.phrase.box)[0] <= under[1] + 2
            ]
            if inside:
                piece.first = min([piece.first, *(p.first for p in inside)])
                piece.last = max([piece.last, *(p.last for p in inside)])
            continue
        first, last = piece.first, piece.last
        center = boxes.center(piece.phrase.box)[0]
        best = None
        for a in range(first, -1, -1):
            if any(c in taken for c in range(a, first)):
                break
            for b in range(last, width):
                if any(c in taken for c in range(last + 1, b + 1)):
                    break
                heads = [p for later in below for p in later if a <= p.first and p.last <= b]
                if b == a or {a, b} - {p.first for p in heads} - {p.last for p in heads}:
                    continue
                middle = (min(p.phrase.box[0] for p in heads) + max(p.phrase.box[2] for p in heads)) / 2
                off = abs(middle - center)
                if off < (0.7 + 0.2 * (b - a)) * piece.phrase.size and (best is None or b - a > best[1] - best[0]):
                    best = (a, b)
        if best is None:
            continue
        centred = first == last and (last - first) % 2 == (best[1] - best[0]) % 2
        if not centred or (len(line) == 1 and index == len(placed) - 2):
            piece.first, piece.last = best
    return line


def rule_under(phrase: Phrase, lines: Sequence[TextLine], rules: Sequence[Rule]) -> tuple[float, float] | None:
    """The extent of the rule that holds what stands below a head over columns together: right under its last line."""
    x0, x1 = phrase.box[0], phrase.box[2]
    found = [
        rule
        for rule in rules
        if phrase.middle < rule[0] < phrase.box[3] + 3.5 * phrase.size
        and rule[1] <= x0 + phrase.size
        and rule[2] >= x1 - phrase.size
        and rule[2] - rule[1] > 1.05 * (x1 - x0)
    ]
    if not found:
        return None
    y, left, right = min(found)
    for line in lines:
        between = [p for p in line if phrase.middle < p.middle < y and left <= boxes.center(p.box)[0] <= right]
        if len(between) > 1 or (
            len(between) == 1 and abs(boxes.center(between[0].box)[0] - (x0 + x1) / 2) > phrase.size
        ):
            return None
    return (left, right)


def _joins_head(
    row: Row, line: Sequence[Placed], above: Sequence[Placed], rules: Sequence[Rule], height: float
) -> bool:
    """Whether a line of the head goes on with the row above: not below a head over columns, or a rule."""
    gap = _middle(line) - _middle(above)
    if gap > 2.2 * height:
        return False
    for piece in line:
        over = [p for held in row.lines for p in held if p.first <= piece.last and p.last >= piece.first]
        for other in over:
            same = (other.first, other.last) == (piece.first, piece.last)
            if not same and (other.last > other.first or piece.last > piece.first):
                return False
            if _ruled_between(other.phrase, piece.phrase, rules):
                return False
    return True


def _ruled_between(above: Phrase, below: Phrase, rules: Sequence[Rule]) -> bool:
    x = boxes.center(below.box)[0]
    return any(above.middle < y < below.middle and x0 <= x <= x1 for y, x0, x1 in rules)


def _gather(rows: list[Row], rules: Sequence[Rule], height: float) -> None:
    """Lines of one column's head that fell into rows over each other, put into the row of the first of them."""
    for upper, lower in pairwise(rows):
        for line in lower.lines:
            for piece in list(line):
                if piece.first != piece.last:
                    continue
                same = [p for held in upper.lines for p in held if p.first <= piece.first <= p.last]
                if len(same) == 0 or any(p.first != p.last for p in same):
                    continue
                if piece.phrase.middle - same[-1].phrase.middle > 1.6 * height:
                    continue
                if _ruled_between(same[-1].phrase, piece.phrase, rules):
                    continue
                line.remove(piece)
                upper.lines.append([piece])


# --- the body


def _body_rows(
    placed: Sequence[list[Placed]], rights: Sequence[float], rules: Sequence[Rule], height: float
) -> list[Row]:
    lines = [line for line in placed if line]
    if not lines:
        return []
    left = min(piece.phrase.box[0] for line in lines for piece in line)
    right = max(rights)
    edges = sorted({round(y, 1) for y, x0, x1 in rules if min(x1, right) - max(x0, left) > 0.8 * (right - left)})
    bands = _bands(lines, edges)
    if _ruled_rows(bands):
        return [Row(band) for band in bands]
    rows: list[Row] = []
    for band in bands:
        rows += _rows_of_band(band, rights, height)
    return rows


def _bands(lines: Sequence[list[Placed]], edges: Sequence[float]) -> list[list[list[Placed]]]:
    bands: dict[int, list[list[Placed]]] = {}
    for line in lines:
        middle = _middle(line)
        bands.setdefault(sum(edge < middle for edge in edges), []).append(line)
    return [bands[index] for index in sorted(bands)]


def _ruled_rows(bands: Sequence[Sequence[Sequence[Placed]]]) -> bool:
    """Whether rules part the rows from each other, so that all lines between two of them are one row."""
    if len(bands) < 3:
        return False
    full = sum(sum(len(line) >= 2 and line[0].first == 0 for line in band) > 1 for band in bands)
    return full <= 0.15 * len(bands)


def _rows_of_band(lines: Sequence[list[Placed]], rights: Sequence[float], height: float) -> list[Row]:
    rows: list[Row] = []
    gaps = [max(0.0, _middle(b) - _middle(a)) for a, b in pairwise(lines)]
    limit = _row_pitch([gap for gap in gaps if gap >= HALF_LINE * height], height)
    for index, line in enumerate(lines):
        if rows and _same_row(rows[-1], line, gaps[index - 1], limit, rights, height):
            rows[-1].lines.append(line)
        else:
            rows.append(Row([line]))
    return rows


def _row_pitch(gaps: Sequence[float], height: float) -> float | None:
    """The distance from line to line that parts rows from lines of one cell, or None where it has one size only."""
    ordered = sorted(gaps)
    best, limit = 0.22 * height, None
    for small, large in pairwise(ordered):
        if large - small > best and small < 1.45 * height:
            best, limit = large - small, (small + large) / 2
    return limit


def _same_row(
    row: Row, line: Sequence[Placed], gap: float, limit: float | None, rights: Sequence[float], height: float
) -> bool:
    if gap > 1.75 * height:
        return False
    if gap < HALF_LINE * height:  # cells of one row at different baselines
        return True
    filled, width = {piece.first for piece in line}, len(rights)
    above = row.columns
    if any(piece.first != piece.last for piece in line) and len(line) == 1:
        return False
    closer = limit is not None and gap < limit
    further = limit is not None and gap > limit
    if further:
        return False
    wraps = _wraps(row, line, rights)
    if 0 in filled and 0 not in above and filled & above and wraps > 0.99:
        return True  # a label in the middle of its row's height
    if closer and len(filled) < max(2, width):
        return wraps >= 0.5 or not filled - above
    if filled <= above and 0 not in filled and len(filled) <= max(1, width // 2):
        return wraps > 0.5 or not _values(line)
    if closer or (filled <= above and len(filled) < width):
        return wraps > 0.99 and not _values(line[1:]) and not _stands_further_out(row, line)
    # A label of several lines whose values stand beside its last one.
    label_only = above == {0} and 0 in filled and len(row.lines) == 1 and len(filled) > 1
    return label_only and wraps > 0.99 and _continues_sentence(row, line)


def _stands_further_out(row: Row, line: Sequence[Placed]) -> bool:
    """Whether the line is a heading over the next rows: a capital to the left of the indented label above."""
    first, above = line[0].phrase, row.lines[0][0].phrase
    return len(line) == 1 and first.text[:1].isupper() and first.box[0] < above.box[0] - 0.3 * first.size


def _values(line: Sequence[Placed]) -> bool:
    return any(is_number(piece.phrase.text) for piece in line)


def _continues_sentence(row: Row, line: Sequence[Placed]) -> bool:
    last = row.lines[-1][0].phrase
    first = line[0].phrase
    return (
        first.text[:1].islower()
        or first.text[:1] in "(&"
        or last.text.endswith((",", "-", "\u2013", " of", " and", "/"))
    )


def _wraps(row: Row, line: Sequence[Placed], rights: Sequence[float]) -> float:
    """The share of the line's cells whose first word did not fit behind the cell's last line above."""
    count = yes = 0
    for piece in line:
        above = [p for held in row.lines for p in held if p.first == piece.first]
        if not above:
            continue
        count += 1
        right = rights[piece.first] or above[-1].phrase.box[2]
        numbers = is_number(piece.phrase.text) and is_number(above[-1].phrase.text)
        yes += not numbers and breaks_by_width(above[-1].phrase, piece.phrase, right)
    return yes / count if count else 0.0


def _raise_heads(cells: Cells, head: int) -> None:
    """A head of one column beside heads over several spans their rows, too: it is put into the first of them."""
    for row in range(1, head):
        for column, text in enumerate(cells[row]):
            if not text or (column + 1 < len(cells[row]) and cells[row][column + 1] is None):
                continue
            top = row
            while top > 0 and cells[top - 1][column] == "":
                top -= 1
            if top < row:
                cells[top][column] = text
                for covered in range(top + 1, row + 1):
                    cells[covered][column] = None


def _cells(row: Row, width: int) -> list[str | None]:
    words: list[list[TextWord]] = [[] for _ in range(width)]
    span = [1] * width
    for line in row.lines:
        for piece in line:
            words[piece.first].extend(piece.phrase.words)
            span[piece.first] = max(span[piece.first], piece.last - piece.first + 1)
    cells: list[str | None] = [text_of(held) for held in words]
    for column in range(width):
        for covered in range(column + 1, min(width, column + span[column])):
            if not words[covered]:
                cells[covered] = None
    return cells
