"""A table as a grid: from rules and words to cells with spans, and from cells to HTML.

Rules may be a PDF's paths or lines found in pixels; words may be a text layer's or OCR's. One unit for all, origin
at the top left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.grid import Cell, lay_out
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import Cells, rows_between, text_of
from codices.resources.extraction.tables.text import breaks_by_width, is_number, levels_of

Rule = tuple[float, float, float]  # position across, start, end

TOUCH = 3.0  # points between two rules that meet
MIN_FILLED = 0.4
MIN_LINES = 3
APART = 0.5  # line heights of white between two texts that are no one cell's
THIN = 0.8  # line heights
NUMBERS = 0.75  # of the values between two rules: each of their lines is a row
NUMBER_ROWS, FULL_ROWS = 0.5, 0.8  # of the lines between two rules use most columns, where each is a row
WORDS = 3  # a line, of a cell's text
MAX_CELL_CHARACTERS = 1500


@dataclass
class Grid:
    """Rows' and columns' edges, and for every cell the (row, column) of the cell that covers it."""

    rows: list[float]
    columns: list[float]
    owner: list[list[tuple[int, int]]]
    open_right: list[list[bool]]  # no rule between a cell and the next one in its row
    open_below: list[list[bool]]

    @property
    def box(self) -> Box:
        return (self.columns[0], self.rows[0], self.columns[-1], self.rows[-1])


def join_rules(rules: Sequence[Rule], tolerance: float = 1.5, gap: float = TOUCH) -> list[Rule]:
    """Rules on one line that touch or overlap made one."""
    joined: list[Rule] = []
    for position, start, end in sorted(rules):
        near = (i for i in range(len(joined) - 1, -1, -1) if position - joined[i][0] <= tolerance)
        match = next((i for i in near if start <= joined[i][2] + gap and end >= joined[i][1] - gap), None)
        if match is None:
            joined.append((position, start, end))
        else:
            other = joined[match]
            joined[match] = (other[0], min(start, other[1]), max(end, other[2]))
    return joined


def find_grids(horizontal: Sequence[Rule], vertical: Sequence[Rule], touch: float = TOUCH) -> list[Grid]:
    """The grids that rules form: groups of rules that meet, with two rows and two columns at least."""
    across, down = join_rules(horizontal), join_rules(vertical)
    group = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    for i, (y, x0, x1) in enumerate(across):
        for j, (x, y0, y1) in enumerate(down):
            if x0 - touch <= x <= x1 + touch and y0 - touch <= y <= y1 + touch:
                group[root(i)] = root(len(across) + j)
    members: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate(across):
        members.setdefault(root(i), ([], []))[0].append(rule)
    for j, rule in enumerate(down):
        members.setdefault(root(len(across) + j), ([], []))[1].append(rule)
    grids = []
    for rows, columns in members.values():
        grid = _make_grid(rows, columns, touch)
        if grid is not None:
            grids.append(grid)
    return sorted(grids, key=lambda grid: (grid.box[1], grid.box[0]))


def _edges(positions: Sequence[float], tolerance: float) -> list[float]:
    edges: list[list[float]] = []
    for position in sorted(positions):
        if edges and position - edges[-1][-1] <= tolerance:
            edges[-1].append(position)
        else:
            edges.append([position])
    return [sum(edge) / len(edge) for edge in edges]


def _make_grid(across: Sequence[Rule], down: Sequence[Rule], touch: float) -> Grid | None:
    if len(across) < 2 or not down:
        return None
    left, right = min(rule[1] for rule in across), max(rule[2] for rule in across)
    rows = _edges([rule[0] for rule in across], touch)
    # Long rules end where the table does, even if no vertical rule closes its sides.
    columns = _edges([rule[0] for rule in down] + [left, right], touch)
    if len(rows) < 3 or len(columns) < 3 or len(rows) > 400 or len(columns) > 100:
        return None

    def drawn(rules: Sequence[Rule], position: float, start: float, end: float) -> bool:
        covered = sum(
            max(0.0, min(rule[2], end) - max(rule[1], start)) for rule in rules if abs(rule[0] - position) <= touch
        )
        return covered > 0.5 * (end - start)

    height, width = len(rows) - 1, len(columns) - 1
    open_right = [
        [not drawn(down, columns[c + 1], rows[r], rows[r + 1]) for c in range(width - 1)] for r in range(height)
    ]
    open_below = [
        [not drawn(across, rows[r + 1], columns[c], columns[c + 1]) for c in range(width)] for r in range(height - 1)
    ]
    owner = _merge(height, width, open_right, open_below)
    return Grid(rows, columns, owner, open_right, open_below)


def _merge(
    height: int, width: int, open_right: list[list[bool]], open_below: list[list[bool]]
) -> list[list[tuple[int, int]]]:
    """Cells between which no rule is drawn become one, as far as they make a rectangle."""
    owner = [[(r, c) for c in range(width)] for r in range(height)]
    taken = [[False] * width for _ in range(height)]
    for r in range(height):
        for c in range(width):
            if taken[r][c]:
                continue
            last_column = c
            while last_column + 1 < width and open_right[r][last_column] and not taken[r][last_column + 1]:
                last_column += 1
            last_row = r
            while last_row + 1 < height and all(
                open_below[last_row][k] and not taken[last_row + 1][k] for k in range(c, last_column + 1)
            ):
                row = last_row + 1
                if not all(open_right[row][k] for k in range(c, last_column)):
                    break
                last_row = row
            for i in range(r, last_row + 1):
                for k in range(c, last_column + 1):
                    taken[i][k] = True
                    owner[i][k] = (r, c)
    return owner


def fill(grid: Grid, words: Sequence[TextWord]) -> Cells:
    """The grid's cells with the words whose centres they hold; covered cells are None.

    Where rules part only the header from the body, the body's rows are found by their lines. Columns that hold nothing
    and are too thin for a word are left out.
    """
    slots: dict[tuple[int, int], list[TextWord]] = {}
    of_row: list[list[TextWord]] = [[] for _ in grid.owner]
    for word in words:
        x, y = boxes.center(word.box)
        row, column = _slot(grid.rows, y), _slot(grid.columns, x)
        if row is not None and column is not None:
            slots.setdefault((row, column), []).append(word)
            of_row[row].append(word)
    owner = _owners(grid, slots)
    inside: dict[tuple[int, int], list[TextWord]] = {}
    for (row, column), held in slots.items():
        inside.setdefault(owner[row][column], []).extend(held)
    cells: Cells = []
    for r, owners in enumerate(owner):
        plain = all(cell == (r, c) for c, cell in enumerate(owners)) and (
            r + 1 == len(owner) or all(cell[0] != r for cell in owner[r + 1])
        )
        parted = _unruled_rows(of_row[r], grid.columns[1:-1]) if plain else []
        cells += parted or [
            [text_of(inside.get((r, c), [])) if cell == (r, c) else None for c, cell in enumerate(owners)]
        ]
    size = median([word.box[3] - word.box[1] for word in words]) if words else 0.0
    return _without_thin(cells, grid, size)


def _owners(grid: Grid, slots: Mapping[tuple[int, int], Sequence[TextWord]]) -> list[list[tuple[int, int]]]:
    """The grid's owners, but for cells that no rule parts and that hold texts of their own, set apart by white."""
    right = [list(row) for row in grid.open_right]
    below = [list(row) for row in grid.open_below]
    for (r, c), held in slots.items():
        if c < len(grid.columns) - 2 and right[r][c] and (beside := slots.get((r, c + 1))):
            last, first = max(held, key=lambda w: w.box[2]), min(beside, key=lambda w: w.box[0])
            right[r][c] = first.box[0] - last.box[2] < APART * min(first.size, last.size)
        if r < len(grid.rows) - 2 and below[r][c] and (under := slots.get((r + 1, c))):
            last, first = max(held, key=lambda w: w.box[3]), min(under, key=lambda w: w.box[1])
            below[r][c] = first.box[1] - last.box[3] < APART * min(first.size, last.size)
    return _merge(len(grid.rows) - 1, len(grid.columns) - 1, right, below)


def _without_thin(cells: Cells, grid: Grid, size: float) -> Cells:
    """Without columns that are too thin for a word: slivers between a cell's frame and its fill."""
    if len(cells) == 0 or len(cells[0]) != len(grid.columns) - 1:
        return cells
    for column in range(len(grid.columns) - 2, -1, -1):
        if grid.columns[column + 1] - grid.columns[column] > THIN * size or len(cells[0]) <= 2:
            continue
        if all(not row[column] or (column + 1 < len(row) and row[column + 1] is None) for row in cells):
            for row in cells:
                if row[column] and column + 1 < len(row):
                    row[column + 1] = row[column]
                elif row[column] == "" and column + 1 < len(row) and row[column + 1] is None:
                    row[column + 1] = ""
                del row[column]
    return cells


def _unruled_rows(words: Sequence[TextWord], cuts: Sequence[float]) -> Cells:
    """The rows in a band between two rules, by its lines; [] where these are the lines of one row."""
    if len(words) < 2 * MIN_LINES:
        return []
    rows = rows_between(words, cuts)
    full = sum(sum(bool(cell) for cell in row) >= 0.75 * len(row) for row in rows)
    values = [cell for row in rows for cell in row[1:] if cell]
    numbers = sum(map(is_number, values)) >= NUMBERS * len(values)
    least = NUMBER_ROWS if numbers else FULL_ROWS  # rows of numbers may have headings between them
    if len(rows) < MIN_LINES or full < least * len(rows):
        return []
    return rows if numbers or not _wraps(words, cuts) else []


def _wraps(words: Sequence[TextWord], cuts: Sequence[float]) -> bool:
    """Whether lines of several words in one of the columns break only where the column ends: one cell's text."""
    edges = [float("-inf"), *cuts, float("inf")]
    for left, right in pairwise(edges):
        held = [word for word in words if left < boxes.center(word.box)[0] < right]
        lines = levels_of(held)
        if len(lines) < 2 or len(held) < WORDS * len(lines):
            continue
        end = max(line.box[2] for line in lines)
        if all(breaks_by_width(above, below, end) for above, below in pairwise(lines)):
            return True
    return False


def _slot(edges: Sequence[float], position: float) -> int | None:
    if not edges[0] - 1 <= position <= edges[-1] + 1:
        return None
    return min(max(sum(edge <= position for edge in edges) - 1, 0), len(edges) - 2)


def is_table(cells: Cells) -> bool:
    """Whether a grid holds a table: two rows and columns with text, enough cells filled, none a page of prose."""
    if len(cells) < 2 or len(cells[0]) < 2:
        return False
    own = [cell for row in cells for cell in row if cell is not None]
    filled = [cell for cell in own if cell.strip()]
    if len(filled) < 4 or len(filled) < MIN_FILLED * len(own):
        return False
    rows = sum(any(cell and cell.strip() for cell in row) for row in cells)
    columns = sum(any(cell and cell.strip() for cell in column) for column in zip(*cells, strict=True))
    return rows >= 2 and columns >= 2 and max(map(len, filled)) <= MAX_CELL_CHARACTERS


def table_html(cells: Cells, header_rows: int = 1) -> str:
    """A table element; a cell spans over the None cells to its right and below it."""
    width = len(cells[0]) if cells else 0
    covered = [[False] * width for _ in cells]
    rows: list[list[Cell]] = []
    for r, row in enumerate(cells):
        rows.append([])
        for c, text in enumerate(row):
            if covered[r][c]:
                continue
            columns = rows_down = 1
            if text is not None:
                while c + columns < width and row[c + columns] is None and not covered[r][c + columns]:
                    columns += 1
                while r + rows_down < len(cells) and all(
                    cells[r + rows_down][k] is None and not covered[r + rows_down][k] for k in range(c, c + columns)
                ):
                    rows_down += 1
            for i in range(r, r + rows_down):
                covered[i][c : c + columns] = [True] * columns
            rows[-1].append(Cell(text or "", rows_down, columns, r < header_rows))
    return lay_out(rows, max_cells=max(1, width * len(cells)))[1] if cells else ""
