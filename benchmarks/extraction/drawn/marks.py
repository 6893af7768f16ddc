"""Where tables and figures lie: read off a twin of the drawn pages in which each is filled with a colour of its own.

A twin works with every engine that lays out by itself, over page breaks too, and leaves the document untouched.
"""

from __future__ import annotations

import io
from collections import defaultdict
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

BLUE = 200
_STEP = 5  # between the red values of two marks, so that an engine's rounding cannot mix them up
MIXED = 0.2  # of a row's pixels: fewer of a colour are an edge
_DOTS = 2.0  # a point, in the render

Box = tuple[float, float, float, float]
Places = dict[tuple[int, int], list[int]]  # (mark, page from 1) -> rows drawn there, 0 for the whole


def colour_of(number: int, row: int) -> tuple[int, int, int]:
    """The fill of a table's row (from 1) or of the whole mark (row 0). Raises ValueError beyond 50 marks, 250 rows."""
    if number * _STEP > 250 or row > 250:
        raise ValueError(f"no colour is left for mark {number}, row {row}")
    return number * _STEP, row, BLUE


def pages_of(pdf: bytes, scale: float = _DOTS, smooth: bool = False) -> list[np.ndarray]:
    """Each page as an array of height x width x 3, RGB, `scale` pixels a point."""
    document = pypdfium2.PdfDocument(pdf)
    options: dict[str, Any] = {"no_smoothpath": not smooth, "no_smoothtext": not smooth, "no_smoothimage": not smooth}
    options |= {"scale": scale, "rev_byteorder": True}
    return [page.render(**options).to_numpy()[..., :3] for page in document]


def pixels_of_png(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def find(pages: list[np.ndarray]) -> dict[int, list[tuple[int, Box, list[int]]]]:
    """For each mark its pages in order: page from 1, box in fractions of the page, rows (from 0) that stand there."""
    found: dict[int, list[tuple[int, Box, list[int]]]] = defaultdict(list)
    for number, page in enumerate(pages, 1):
        height, width = page.shape[:2]
        filled = (np.abs(page[..., 2].astype(int) - BLUE) <= 1) & (page[..., 1] < 251)
        reds = np.rint(page[..., 0] / _STEP).astype(int)
        exact = filled & (np.abs(page[..., 0].astype(int) - reds * _STEP) <= 1)
        for mark in np.unique(reds[exact]):
            inside = exact & (reds == mark)
            if inside.sum() < 30:
                continue
            down, right = np.nonzero(inside.any(axis=1))[0], np.nonzero(inside.any(axis=0))[0]
            box = (right[0] / width, down[0] / height, (right[-1] + 1) / width, (down[-1] + 1) / height)
            counts = np.bincount(page[..., 1][inside], minlength=256)
            rows = _rows(counts)
            found[int(mark)].append((number, tuple(float(side) for side in box), rows))  # type: ignore[arg-type]
    return dict(found)


def _rows(counts: np.ndarray) -> list[int]:
    """The rows (from 0) that stand on a page; `counts` has the pixels of each green value.

    Where the edge of a row falls between two pixels, its colour mixes with the mark's own, which has no green: a line
    of pixels with the colour of another row.
    """
    drawn = np.nonzero(counts >= 20)[0]
    drawn = drawn[drawn > 0]
    least = MIXED * np.percentile(counts[drawn], 75) if len(drawn) else 0
    return [int(row) - 1 for row in drawn if counts[row] >= least]
