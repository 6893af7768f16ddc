"""A sheet of paper photographed at an angle: found by its four edges, laid flat, and what was found on it put back to
where it is seen in the photograph.

Corners are x and y, in fractions of the photograph, from the top left of the sheet clockwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import WHOLE_PAGE, Box

_SIDE = 600  # pixels of the longer side: enough for edges that run over the whole picture
MIN_SHEET = 0.35  # of the photograph
MIN_FILLED = 0.95  # of the four-sided figure is the sheet: a page with a dark photograph at its edge is none
MIN_STEP = 35  # grey levels between the sheet and what it lies on
MIN_TILT = 0.008  # of an edge's length: a card or window on a screen has level edges, and is no sheet
BENT = 0.02  # of the outline's length by which it may leave the straight edges


def find_sheet(image: Image.Image) -> list[float]:
    """The corners of the sheet that a photograph shows on a darker ground; [] where it shows none, or lies flat."""
    grey = np.asarray(image.convert("L"))
    factor = min(1.0, _SIDE / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else grey
    _, light = cv2.threshold(cv2.GaussianBlur(small, (5, 5), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(light, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea, default=None)
    if outline is None or cv2.contourArea(outline) < MIN_SHEET * small.size:
        return []
    edges = cv2.approxPolyDP(cv2.convexHull(outline), BENT * cv2.arcLength(outline, closed=True), closed=True)
    if len(edges) != 4 or cv2.contourArea(outline) < MIN_FILLED * cv2.contourArea(edges):
        return []
    corners = _clockwise(edges[:, 0].astype(np.float64))
    if not _tilted(corners) or not _on_darker_ground(small, corners):
        return []
    return (corners / (small.shape[1], small.shape[0])).ravel().tolist()


def _clockwise(corners: np.ndarray) -> np.ndarray:
    """From the top left one on, as the picture is seen (y goes down)."""
    around = corners - corners.mean(axis=0)
    ordered = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(ordered, -int(np.argmin(ordered.sum(axis=1))), axis=0)


def _tilted(corners: np.ndarray) -> bool:
    sides = np.abs(np.roll(corners, -1, axis=0) - corners)
    return bool((sides.min(axis=1) > MIN_TILT * sides.max(axis=1)).sum() >= 2)


def _on_darker_ground(small: np.ndarray, corners: np.ndarray) -> bool:
    """Whether nearly all around the sheet is darker than nearly all of it."""
    inside = cv2.fillConvexPoly(np.zeros(small.shape, np.uint8), np.round(corners).astype(np.int32), 1)
    near = np.ones((9, 9), np.uint8)
    sheet, ground = small[cv2.erode(inside, near) > 0], small[cv2.dilate(inside, near) == 0]
    return len(ground) > 0 and float(np.median(sheet)) - float(np.percentile(ground, 90)) > MIN_STEP


def laid_flat(image: Image.Image, corners: Sequence[float]) -> Image.Image:
    """The sheet alone, its edges level and upright, as large as it is seen."""
    seen = np.array(corners).reshape(4, 2) * image.size
    top, right, bottom, left = np.linalg.norm(np.roll(seen, -1, axis=0) - seen, axis=1)
    width, height = max(1, round((top + bottom) / 2)), max(1, round((left + right) / 2))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(seen.astype(np.float32), flat)
    plain = image if image.mode in ("L", "RGB") else image.convert("RGB")
    return Image.fromarray(cv2.warpPerspective(np.asarray(plain), matrix, (width, height), flags=cv2.INTER_CUBIC))


def as_photographed(box: Box, corners: Sequence[float], degrees: int) -> Box:
    """A box on the sheet laid flat, then turned clockwise by `degrees`, as the box around that place in the photograph
    turned likewise; all in fractions."""
    if not corners or box == WHOLE_PAGE:
        return box
    x0, y0, x1, y1 = boxes.turned(box, -degrees % 360)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(square, np.array(corners, np.float32).reshape(4, 2))
    there = cv2.perspectiveTransform(np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64), matrix)[0]
    least, most = there.min(axis=0).clip(0, 1), there.max(axis=0).clip(0, 1)
    return boxes.turned((float(least[0]), float(least[1]), float(most[0]), float(most[1])), degrees)
