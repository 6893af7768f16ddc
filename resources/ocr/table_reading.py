"""The cells of a table that is only pixels: by its rules where it has them, else by SLANet-plus."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from resources.extraction import boxes
from resources.extraction.model import Word
from resources.extraction.pdf_text import TextWord
from resources.extraction.table_grid import Cells, Rule, fill, find_grids, is_table, table_html
from resources.extraction.table_structure import recognise


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
        cells = recognise(grey, placed)
    if not is_table(cells):
        return None, ""
    return cells, table_html(cells)


def _ruled(grey: Image.Image, words: Sequence[TextWord]) -> Cells | None:
    horizontal, vertical = find_rules(grey)
    grids = find_grids(horizontal, vertical, touch=max(4.0, 0.006 * max(grey.size)))
    best: Cells | None = None
    held = 0
    for grid in grids:
        inside = sum(boxes.contains(grid.box, boxes.center(word.box)) for word in words)
        if inside > held and inside > 0.6 * len(words):
            cells = fill(grid, words)
            if is_table(cells):
                best, held = cells, inside
    return best


def find_rules(grey: Image.Image) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical rules in a picture, in pixels: thin dark runs longer than any letter's stroke."""
    pixels = np.asarray(grey)
    dark = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
    length = max(30, min(grey.size) // 25)
    found: list[list[Rule]] = []
    for across in (True, False):
        kernel = np.ones((1, length) if across else (length, 1), np.uint8)
        runs = cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel)
        runs = cv2.dilate(runs, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(runs)
        rules: list[Rule] = []
        for left, top, width, height, _ in stats[1:count]:
            thickness, extent = (height, width) if across else (width, height)
            if thickness > max(14, 0.02 * extent) or extent < length:
                continue
            middle = (top + height / 2) if across else (left + width / 2)
            start = left if across else top
            rules.append((float(middle), float(start), float(start + extent)))
        found.append(rules)
    return found[0], found[1]
