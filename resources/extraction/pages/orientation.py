"""Which way up a picture of text is: turned by quarters, and skewed by a few degrees."""

from __future__ import annotations

import re
from math import cos, radians, sin

import cv2
import numpy as np
import pytesseract
from PIL import Image

from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.legibility import legibility, strips

MAX_SKEW = 15.0  # degrees
MIN_SKEW = 0.25  # less is not worth resampling
SIDEWAYS = 1.5  # times sharper must the columns' profile be than the rows'; upright pages have .03-.12
MIN_LINES = 5  # of text, for their ascenders to count
SURE_RISE = 0.01
_SIDE = 1000  # pixels of the longer side
_LINE_SIDE = 1400
_OSD_SIDE = 1800


def quarter_turns(image: Image.Image) -> int:
    """Degrees clockwise (0, 90, 180, 270) by which a page has to be turned until its text is upright.

    Lines of text make the rows' profile sharper than the columns'; letters reach above their line more often than
    below it. Only where that speaks for a page on its side or head, or says too little, the longest lines are read
    both ways: a list of equal words has sharp columns as well. 0 where nothing looks like text.
    """
    grey = image.convert("L")
    dark = _letters(_dark(grey, _SIDE))
    angles = np.arange(-6.0, 6.1, 0.5)
    rows = max(_sharpness(dark, angle) for angle in angles)
    columns = max(_sharpness(np.ascontiguousarray(dark.T), angle) for angle in angles)
    scores: dict[int, float] = {}
    for aside in (90, 0) if columns > SIDEWAYS * rows else (0,):
        upright = turned(grey, aside)
        straight = straightened(upright, skew(upright))
        rise, lines = _rise(_letters(_dark(straight, _LINE_SIDE)))
        if not lines:
            continue
        rises = rise > 0 and len(lines) >= MIN_LINES
        if rises and not aside and not scores:
            return 0
        sheet = strips(straight, lines)
        right, wrong = legibility(sheet), 0.0 if rises else legibility(turned(sheet, 180))
        upside = wrong > 1.15 * right or (wrong > 0.87 * right and rise < -SURE_RISE and len(lines) >= MIN_LINES)
        scores[aside + 180 if upside else aside] = max(right, wrong)
    return max(scores, key=lambda degrees: scores[degrees]) if any(scores.values()) else 0


def stands_on_side(image: Image.Image) -> bool:
    """Whether letters make lines that run down the picture, by their profiles alone: nothing is read."""
    dark = _letters(_dark(image.convert("L"), _SIDE))
    return np.count_nonzero(dark) > 0 and _sharpness(np.ascontiguousarray(dark.T), 0.0) > SIDEWAYS * _sharpness(
        dark, 0.0
    )


def osd_turns(image: Image.Image) -> int:
    """As `quarter_turns`, by tesseract's own orientation detection; 0 where it sees too few characters."""
    small = image.convert("L")
    factor = min(2.0, _OSD_SIDE / max(small.size))
    small = small.resize((max(1, round(small.width * factor)), max(1, round(small.height * factor))))
    try:
        found = pytesseract.image_to_osd(small, config="--psm 0 -c min_characters_to_try=5 --dpi 150", timeout=60)
    except (RuntimeError, pytesseract.TesseractNotFoundError):
        return 0  # "Too few characters", a time-out or no tesseract: nothing to go by
    turn = re.search(r"Rotate:\s*(\d+)", found)
    return int(turn[1]) % 360 if turn else 0


def _dark(grey: Image.Image, side: int) -> np.ndarray:
    """Ink as 255 on 0, the longer side scaled down to `side` pixels."""
    pixels = np.asarray(grey)
    factor = side / max(pixels.shape)
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)


def _letters(dark: np.ndarray) -> np.ndarray:
    """Only the specks of a letter's size: no rules, no pictures, no dust."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark)
    keep = (stats[:, cv2.CC_STAT_HEIGHT] < 40) & (stats[:, cv2.CC_STAT_WIDTH] < 60) & (stats[:, cv2.CC_STAT_AREA] > 6)
    keep[0] = False
    return np.isin(labels, np.flatnonzero(keep)).astype(np.uint8) * 255


def _rise(letters: np.ndarray) -> tuple[float, list[Box]]:
    """How much more ink is above the lines' cores than below, and the lines as fractions, longest first."""
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((1, 21), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    total = weight = 0.0
    lines: list[Box] = []
    height, width = letters.shape
    for x, y, w, h, _ in stats[1:count].tolist():
        if not (7 <= h <= 34 and w > 4 * h):
            continue
        profile = np.count_nonzero(letters[max(0, y - 1) : y + h + 1, x : x + w], axis=1).astype(float)
        core = np.flatnonzero(profile > 0.55 * profile.max())
        total += w * float(profile[: core[0]].sum() - profile[core[-1] + 1 :].sum()) / float(profile.sum())
        weight += w
        lines.append((x / width, y / height, (x + w) / width, (y + h) / height))
    lines.sort(key=lambda line: line[0] - line[2])
    return (total / weight if weight else 0.0), lines


def turned(image: Image.Image, degrees: int) -> Image.Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees; no pixel is changed."""
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(turns[degrees]) if degrees else image


def skew(image: Image.Image) -> float:
    """Degrees clockwise by which the lines of text are tilted, within MAX_SKEW; 0 for less than MIN_SKEW.

    The angle at which the rows' profile of dark pixels varies most (Postl 1986), first by whole degrees on a
    small picture, then by a tenth.
    """
    dark = _dark(image.convert("L"), _SIDE)
    if np.count_nonzero(dark) < 200:
        return 0.0
    small = cv2.resize(dark, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    coarse = max(np.arange(-MAX_SKEW, MAX_SKEW + 0.5, 1.0), key=lambda angle: _sharpness(small, angle))
    fine = max(np.arange(coarse - 1.0, coarse + 1.01, 0.1), key=lambda angle: _sharpness(dark, angle))
    level = _sharpness(dark, 0.0)
    if abs(fine) < MIN_SKEW or _sharpness(dark, fine) < 1.1 * level:
        return 0.0
    return float(round(fine, 2))


def _sharpness(dark: np.ndarray, angle: float) -> float:
    height, width = dark.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    profile = cv2.warpAffine(dark, matrix, (width, height), flags=cv2.INTER_NEAREST).sum(axis=1, dtype=np.float64)
    return float(np.square(np.diff(profile)).sum())


def straightened(image: Image.Image, angle: float) -> Image.Image:
    """The image turned back by the skew `angle`, same size, borders white."""
    if not angle:
        return image
    fill = 255 if image.mode == "L" else (255,) * len(image.getbands())
    return image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=fill)


def as_before(box: Box, angle: float, width: int, height: int) -> Box:
    """A box (fractions) of the straightened picture as a box of the skewed one: its centre moves, its size stays."""
    if not angle:
        return box
    cx = ((box[0] + box[2]) / 2 - 0.5) * width
    cy = ((box[1] + box[3]) / 2 - 0.5) * height
    c, s = cos(radians(angle)), sin(radians(angle))
    x, y = (c * cx - s * cy) / width + 0.5, (s * cx + c * cy) / height + 0.5
    w, h = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return (max(x - w, 0.0), max(y - h, 0.0), min(x + w, 1.0), min(y + h, 1.0))
