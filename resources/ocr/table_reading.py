"""The cells of a table that is only pixels: by its rules where it has them, else by SLANet-plus."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Word
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.pdf.pixel_shapes import ruled_grids
from codices.resources.extraction.tables.ruled_grid import Cells, fill, is_table, table_html
from codices.resources.extraction.tables.structure import unruled_cells


def table_cells(grey: Image.Image, words: Sequence[Word]) -> tuple[Cells | None, str]:
    """Cells and HTML of the table that fills the picture, or (None, "") where none is recognised."""
    if not words:
        return None, ""
    placed = [
        TextWord(
            word.text,
            boxes.scale(word.box, grey.width, grey.height),
            (word.box[3] - word.box[1]) * grey.height,
        )
        for word in words
    ]
    cells = _ruled(grey, placed)
    if cells is None:
        cells = unruled_cells(grey, placed, text_layer=False)
    if not is_table(cells):
        return None, ""
    return cells, table_html(cells)


def _ruled(grey: Image.Image, words: Sequence[TextWord]) -> Cells | None:
    best: Cells | None = None
    held = 0
    for grid in ruled_grids(grey):
        inside = sum(boxes.contains(grid.box, boxes.center(word.box)) for word in words)
        if inside > held and inside > 0.6 * len(words):
            cells = fill(grid, words)
            if is_table(cells):
                best, held = cells, inside
    return best
