"""Which way up a picture of text is: turned by quarters, and skewed by a few degrees."""

from __future__ import annotations

import re
from math import cos, radians, sin

import cv2
import numpy as np
import pytesseract
from PIL import Image

from resources.extraction.model import Box

MIN_OSD_CONFIDENCE = 1.5
MAX_SKEW = 15.0  # degrees
MIN_SKEW = 0.25  # less is not worth resampling
_OSD_SIDE = 1800


def quarter_turns(image: Image.Image) -> int:
    """Degrees clockwise (0, 90, 180, 270) by which the picture has to be turned until its text is upright.

    Asks tesseract's orientation detection; 0 where it is not sure or sees too few characters.
    """
    small = image.convert("L")
    if max(small.size) > _OSD_SIDE:
        small.thumbnail((_OSD_SIDE, _OSD_SIDE))
    try:
        found = pytesseract.image_to_osd(small, config="--psm 0 -c min_characters_to_try=5 --dpi 150", timeout=60)
    except pytesseract.TesseractError:
        return 0  # "Too few characters": nothing to go by
    turn = re.search(r"Rotate:\s*(\d+)", found)
    confidence = re.search(r"Orientation confidence:\s*([\d.]+)", found)
    if turn is None or confidence is None or float(confidence[1]) < MIN_OSD_CONFIDENCE:
        return 0
    return int(turn[1]) % 360


def turned(image: Image.Image, degrees: int) -> Image.Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees; no pixel is changed."""
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(turns[degrees]) if degrees else image


def skew(image: Image.Image) -> float:
    """Degrees clockwise by which the lines of text are tilted, within MAX_SKEW; 0 for less than MIN_SKEW.

    The angle at which the rows' profile of dark pixels varies most (Postl 1986), first by whole degrees on a
    small picture, then by a tenth.
    """
    grey = np.asarray(image.convert("L"))
    factor = 1000 / max(grey.shape)
    if factor < 1:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
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
