"""What is drawn on a page that is only pixels: ruling lines, and regions of graphics. All values are in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.alignment import column_cuts, text_lines
from codices.resources.extraction.tables.ruled_grid import Grid, Rule, find_grids

CONTRAST = 40  # grey levels darker than the paper: ink
LETTER_HEIGHT = 0.025  # of the page's height; a larger blot is no letter of running text
LETTER_WIDTH = 0.06
LINE_HEIGHT = 0.016  # words whose letters touch are long, but not as high
JOIN = 0.008  # of the page's longer side: parts of one figure stand closer
MOSTLY_LETTERS = 0.8  # of the ink
MIN_INK = 0.02  # of a figure's box
MIN_OF_LINE = 4  # letters
REACH = 0.025  # of the longer side: a row of a table with its padding
FILLED, MOSTLY_FILLED = 12, 0.8  # grey levels from the paper; of a line's pixels
FLAT = 6  # grey levels by which paper differs from itself


def find_rules(grey: Image.Image) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical rules: thin dark runs longer than any letter's stroke."""
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
        for left, top, width, height, _ in stats[1:count].tolist():
            thickness, extent = (height, width) if across else (width, height)
            if thickness > max(14, 0.02 * extent) or extent < length:
                continue
            middle = (top + height / 2) if across else (left + width / 2)
            start = left if across else top
            rules.append((float(middle), float(start), float(start + extent)))
        found.append(rules)
    return found[0], found[1]


def ruled_grids(grey: Image.Image) -> list[Grid]:
    """The grids that ruling lines form: what may be a table, a chart's grid or a screenshot's frames."""
    horizontal, vertical = find_rules(grey)
    return find_grids(horizontal, vertical, touch=max(4.0, 0.004 * max(grey.size)))


def looks_like_cells(grey: Image.Image, grid: Grid) -> bool:
    """Whether most cells of a grid have light paper, and enough of them a little ink: text, not a chart."""
    pixels = np.asarray(grey)
    paper = float(np.median(pixels))
    light = inked = total = 0
    for top, bottom in zip(grid.rows, grid.rows[1:], strict=False):
        for left, right in zip(grid.columns, grid.columns[1:], strict=False):
            y, x = max(2, round(0.1 * (bottom - top))), max(2, round(0.05 * (right - left)))
            cell = pixels[round(top) + y : round(bottom) - y, round(left) + x : round(right) - x]
            if cell.size == 0:
                continue
            total += 1
            light += abs(float(np.median(cell)) - paper) < 1.5 * CONTRAST
            ink = float(np.mean(cell < float(np.median(cell)) - CONTRAST))
            inked += 0.001 < ink < 0.45
    return total >= 4 and light >= 0.6 * total and inked >= 0.35 * total


def without_rules(grey: Image.Image) -> Image.Image:
    """The picture with its ruling lines painted over: tesseract takes a row of ruled cells for noise."""
    horizontal, vertical = find_rules(grey)
    if not horizontal and not vertical:
        return grey
    pixels = np.array(grey)
    paper = int(np.percentile(pixels, 75))
    for y, x0, x1 in horizontal:
        pixels[max(0, round(y) - 3) : round(y) + 4, max(0, round(x0) - 2) : round(x1) + 3] = paper
    for x, y0, y1 in vertical:
        pixels[max(0, round(y0) - 2) : round(y1) + 3, max(0, round(x) - 3) : round(x) + 4] = paper
    return Image.fromarray(pixels)


def letter_height(grey: Image.Image) -> float:
    """The median height of blots that may be letters, in pixels; 0 where there are fewer than 10."""
    pixels = np.asarray(grey)
    dark = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    w, h = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    heights = h[(h >= 5) & (h < 60) & (w < 3 * h) & (w > 0.15 * h)]
    return float(np.median(heights)) if len(heights) >= 10 else 0.0


def graphic_regions(grey: Image.Image, without: Sequence[Box]) -> list[Box]:
    """Boxes of what is drawn and no text: blots larger than letters, joined where they stand close together.

    `without` are boxes to leave out (tables).
    """
    factor = min(1.0, 1400 / max(grey.size))
    small = np.asarray(grey.resize((round(grey.width * factor), round(grey.height * factor))))
    height, width = small.shape
    paper = float(np.percentile(small, 80))
    ink = (small < paper - CONTRAST).astype(np.uint8)
    for x0, y0, x1, y1 in without:
        ink[
            max(0, round(y0 * factor) - 3) : round(y1 * factor) + 4,
            max(0, round(x0 * factor) - 3) : round(x1 * factor) + 4,
        ] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    w, h = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    large = (h > LETTER_HEIGHT * height) | ((w > LETTER_WIDTH * width) & (h > LINE_HEIGHT * height))
    rule = (np.maximum(w, h) > 30 * np.minimum(w, h)) & (np.minimum(w, h) < 0.01 * max(height, width))
    large[0] = False
    drawn = np.isin(labels, np.flatnonzero(large & ~rule)).astype(np.uint8)
    reach = max(3, round(JOIN * max(height, width)))
    joined = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found: list[Box] = []
    for x, y, bw, bh, _ in stats[1:count].tolist():
        if np.mean(ink[y : y + bh, x : x + bw]) >= MIN_INK:
            found.append((x / factor, y / factor, (x + bw) / factor, (y + bh) / factor))
    return merge_overlapping(found)


def is_text(grey: Image.Image, box: Box) -> bool:
    """Whether nearly all ink in a box (pixels) is letters on light paper."""
    x0, y0, x1, y1 = (round(edge) for edge in box)
    part = grey.crop((x0, y0, x1, y1))
    pixels = np.asarray(part)
    if pixels.size == 0 or float(np.median(pixels)) < float(np.median(np.asarray(grey))) - CONTRAST:
        return False
    size = letter_height(part)
    if size == 0:
        return False
    dark = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    ink = stats[1:, cv2.CC_STAT_AREA]
    letters = (stats[1:, cv2.CC_STAT_HEIGHT] < 3 * size) & (stats[1:, cv2.CC_STAT_WIDTH] < 8 * size)
    return float(ink[letters].sum()) > 0.9 * float(ink.sum())


def phrases_in_columns(grey: Image.Image) -> Box | None:
    """The box of a picture's text where it is nothing but a table without rules, else None.

    Phrases are letters close together. At least three lines, and most of them, must have two phrases or more, with
    white strips between them from line to line; and hardly anything else may be drawn.
    """
    pixels = np.asarray(grey)
    dark = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    size = letter_height(grey)
    if size == 0:
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark)
    letters = (stats[:, cv2.CC_STAT_HEIGHT] < 4 * size) & (stats[:, cv2.CC_STAT_WIDTH] < 6 * size)
    letters[0] = False
    inked = stats[1:, cv2.CC_STAT_AREA].sum()
    if stats[letters, cv2.CC_STAT_AREA].sum() < MOSTLY_LETTERS * inked:
        return None
    mask = np.isin(labels, np.flatnonzero(letters)).astype(np.uint8)
    reach = max(3, round(1.1 * size))
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((max(3, round(0.3 * size)), reach), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    phrases = [
        TextWord("x", (float(x), float(y), float(x + w), float(y + h)), float(h))
        for x, y, w, h, _ in stats[1:count].tolist()
        if h >= 0.5 * size and w >= 0.3 * size
    ]
    if len(phrases) < 6:
        return None
    lines = text_lines(phrases)
    several = [line for line in lines if len(line) >= 2]
    if len(several) < 3 or len(several) < 0.5 * len(lines) or not column_cuts(lines, 1.6 * size):
        return None
    return boxes.grow(boxes.union(phrase.box for phrase in phrases), size)


def merge_overlapping(found: Sequence[Box]) -> list[Box]:
    """Boxes that overlap made one."""
    merged: list[Box] = []
    for box in found:
        while True:
            other = next((b for b in merged if boxes.area(boxes.intersection(box, b)) > 0), None)
            if other is None:
                break
            merged.remove(other)
            box = boxes.union((box, other))
        merged.append(box)
    return merged


def uncut(grey: Image.Image, box: Box) -> Box:
    """The box (pixels) with each side moved outwards, by REACH at most, to where it cuts no letters; a side that cuts
    something larger stays."""
    pixels = np.asarray(grey)
    ink = np.asarray(pixels < float(np.percentile(pixels, 80)) - CONTRAST)
    reach = round(REACH * max(pixels.shape))
    x0, y0, x1, y1 = (round(edge) for edge in box)
    down = np.asarray(ink[:, max(0, x0) : x1].any(axis=1))
    across = np.asarray(ink[max(0, y0) : y1].any(axis=0))
    top, left = y0 - _blank(down[:y0][::-1], reach), x0 - _blank(across[:x0][::-1], reach)
    return (left, top, x1 + _blank(across[x1:], reach), y1 + _blank(down[y1:], reach))


def _blank(inked: np.ndarray, reach: int) -> int:
    """How many lines lie before the first one without ink; 0 where it is not among the first `reach`."""
    free = np.flatnonzero(~inked[:reach])
    return int(free[0]) if len(free) else 0


def with_filled_rows(grey: Image.Image, box: Box) -> Box:
    """The box of a table (pixels) with the filled rows right above and below it: a head on a ground of its own, which
    the layout model takes for a bar. `grey` is the picture as it is, its grounds kept."""
    pixels = np.asarray(grey)
    paper = float(np.bincount(pixels.ravel(), minlength=256).argmax())
    x0, y0, x1, y1 = (round(edge) for edge in box)
    inside = pixels[:, max(0, x0) : x1].astype(np.int16)
    filled = np.asarray((np.abs(inside - paper) > FILLED).mean(axis=1) > MOSTLY_FILLED)
    most, least = round(2 * REACH * max(pixels.shape)), round(REACH * max(pixels.shape) / 3)
    return (x0, y0 - _band(filled[:y0][::-1], least, most), x1, y1 + _band(filled[y1:], least, most))


def _band(filled: np.ndarray, least: int, most: int) -> int:
    """Where a band of at least `least` filled lines that begins at once ends, within `most`; 0 where there is none."""
    begins = np.flatnonzero(filled[:least])
    if not len(begins):
        return 0
    ends = np.flatnonzero(~filled[begins[0] : most])
    return int(begins[0] + ends[0]) if len(ends) and ends[0] >= least else 0


@dataclass(frozen=True)
class Written:
    """How much of a picture is text, as far as its blots tell."""

    letters: int  # blots of a letter's size
    lines: int  # levels with at least MIN_OF_LINE of them
    aligned: float  # share of the letters with another one beside them on the same baseline
    flat: float  # share of the picture that is of its paper's grey
    drawn: float  # share of the picture under what is drawn and no text

    def __str__(self) -> str:
        return (
            f"{self.letters} letters in {self.lines} lines, aligned {self.aligned:.2f}, "
            f"flat {self.flat:.2f}, drawn {self.drawn:.2f}"
        )


def written(grey: Image.Image) -> Written:
    """Counts what may be letters in a picture whose ink is darker than its paper."""
    pixels = np.asarray(grey)
    paper = float(np.bincount(pixels.ravel(), minlength=256).argmax())
    flat = float(np.mean(np.abs(pixels.astype(np.int16) - paper) <= FLAT))
    areas = [boxes.area(box) for box in graphic_regions(grey, [])]
    drawn = sum(areas) / (grey.width * grey.height)
    size = letter_height(grey)
    if size == 0:
        return Written(0, 0, 0.0, flat, drawn)
    dark = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    left, top, width, height = (stats[1:, column].astype(float) for column in range(4))
    held = (height > 0.5 * size) & (height < 2 * size) & (width < 3 * size) & (width > 0.1 * size)
    order = np.flatnonzero(held)[np.argsort(left[held])]
    left, bottom, right = left[order], (top + height)[order], (left + width)[order]
    _, counts = np.unique(np.round(bottom / size), return_counts=True)
    aligned = sum(_has_neighbour(index, left, bottom, right, size) for index in range(len(order)))
    lines = int((counts >= MIN_OF_LINE).sum())
    return Written(len(order), lines, aligned / max(1, len(order)), flat, drawn)


def _has_neighbour(index: int, left: np.ndarray, bottom: np.ndarray, right: np.ndarray, size: float) -> bool:
    """Whether a letter stands right after this one on its baseline; the arrays are in the order of `left`."""
    end = int(np.searchsorted(left, right[index] + 0.9 * size))
    near = slice(index + 1, end)
    return bool(np.any(np.abs(bottom[near] - bottom[index]) <= max(1.0, 0.12 * size)))
