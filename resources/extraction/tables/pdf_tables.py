"""Tables on a page with a text layer: by their rules where they have them, else by layout and alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.captions import caption_kind
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.layout import Region
from codices.resources.extraction.pages.pdf_objects import PageObjects
from codices.resources.extraction.pages.pdf_render import crop, render_page
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.pages.reading_order import Line
from codices.resources.extraction.tables.alignment import Cells, align
from codices.resources.extraction.tables.ruled_grid import fill, find_grids, is_table
from codices.resources.extraction.tables.structure import unruled_cells
from codices.resources.extraction.tables.tabular_text import tabular_runs

MIN_SCORE = 0.6
STRUCTURE_DPI = 144
MAX_RECTANGLES = 2000  # whose edges are taken as rules; more are a drawing


@dataclass
class FoundTable:
    box: Box  # points
    cells: Cells
    words: list[TextWord]


def ruled_tables(objects: PageObjects, words: Sequence[TextWord]) -> list[FoundTable]:
    """Tables whose cells are drawn with rules or filled rectangles."""
    horizontal, vertical = list(objects.horizontal), list(objects.vertical)
    if len(objects.shapes) <= MAX_RECTANGLES:
        for x0, y0, x1, y1 in objects.shapes:
            if x1 - x0 > 8 and y1 - y0 > 6:
                horizontal += [(y0, x0, x1), (y1, x0, x1)]
                vertical += [(x0, y0, y1), (x1, y0, y1)]
    upright = [word for word in words if not word.angle]
    found = []
    for grid in find_grids(horizontal, vertical):
        box = boxes.grow(grid.box, 1.0)
        inside = [word for word in upright if boxes.contains(box, boxes.center(word.box))]
        cells = fill(grid, inside)
        if is_table(cells):
            found.append(FoundTable(grid.box, cells, inside))
    return found


def unruled_tables(
    page: pdfium.PdfPage,
    regions: Sequence[Region],
    words: Sequence[TextWord],
    known: Sequence[FoundTable],
    figures: Sequence[Box],
    captions: Sequence[tuple[Box, str]],
) -> list[FoundTable]:
    """Tables that the layout model sees and no rules close, their structure from SLANet-plus."""
    width, height = page.get_size()
    found: list[FoundTable] = []
    picture = None
    for region in regions:
        if region.kind != "table" or region.score < MIN_SCORE:
            continue
        box = boxes.grow(boxes.scale(region.box, width, height), 2.0)
        taken = [table.box for table in (*known, *found)] + list(figures)
        if any(boxes.overlap(box, other) > 0.4 or boxes.overlap(other, box) > 0.4 for other in taken):
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
        if picture is None:
            picture = render_page(page, STRUCTURE_DPI)
        x, y = picture.width / width, picture.height / height
        shifted = [
            TextWord(
                word.text,
                (
                    (word.box[0] - box[0]) * x,
                    (word.box[1] - box[1]) * y,
                    (word.box[2] - box[0]) * x,
                    (word.box[3] - box[1]) * y,
                ),
                word.size * y,
            )
            for word in inside
        ]
        pixels = crop(picture, boxes.fractions(box, width, height))
        cells = unruled_cells(pixels, shifted, text_layer=True)
        if is_table(cells):
            found.append(FoundTable(box, cells, inside))
    return found


def aligned_tables(
    lines: Sequence[Line],
    captions: Sequence[tuple[Box, str]],
    taken: Sequence[Box],
    width: float,
) -> list[FoundTable]:
    """Tables without rules that their words' places alone give away; `taken` are boxes of what is known already."""
    free = [
        line
        for line in lines
        if caption_kind(line.text) is None and not any(boxes.overlap(line.box, box) > 0.5 for box in taken)
    ]
    named = [box for box, text in captions if caption_kind(text) == "table"]
    free = [line for line in free if not any(boxes.overlap(line.box, box) > 0.5 for box in named)]
    found = []
    for run in tabular_runs(free, named, width):
        words = [word for line in run for word in line.words]
        cells = align(words)
        if is_table(cells) and _well_filled(cells):
            found.append(FoundTable(boxes.grow(boxes.union(line.box for line in run), 1.5), cells, words))
    return found


def _well_filled(cells: Cells) -> bool:
    """Whether every column is used in a third of the rows at least: what merely stands side by side is no table."""
    columns = [sum(bool(cell) for cell in column) for column in zip(*cells, strict=True)]
    return min(columns) >= max(2, len(cells) / 3)
