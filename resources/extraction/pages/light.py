"""Photographed pages and scans of books get darker towards an edge; here their paper is made white again."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

_SIDE = 200  # pixels of the longer side: light changes slowly, letters are gone at this size
_UNEVEN = 40  # of 255, between the lightest and the darkest part of the paper
_MIN_FIT = 10  # of 255: how far the paper may be from the fitted surface, at the median; a dark picture is farther off
_WHITE = 250


def evenly_lit(image: Image.Image) -> Image.Image:
    """The page in grey with the same white everywhere; the very same image where its light is even already, or where
    what is dark has an edge, as pictures and headings on a ground of their own have.

    The brightness of the paper is fitted by a polynomial of second degree in x and y, and divided by.
    """
    grey = np.asarray(image.convert("L"))
    factor = _SIDE / max(grey.shape)
    height, width = (max(1, round(side * factor)) for side in grey.shape)  # of a narrow strip something is left
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA) if factor < 1 else grey
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 9).astype(np.float64)
    terms = _terms(*paper.shape)
    surface = _fitted(terms, paper)
    if surface.max() - surface.min() < _UNEVEN or surface.min() < 16:
        return image
    distance = np.abs(paper - surface)
    if np.median(distance) > _MIN_FIT or np.percentile(distance, 90) > 3 * _MIN_FIT:
        return image
    light = cv2.resize(surface, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(np.clip(grey / light * _WHITE, 0, 255).astype(np.uint8))


def _terms(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).reshape(-1, 6)


def _fitted(terms: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Least squares, and once more without what is far darker than the first surface: it is ink, not paper."""
    values = paper.ravel()
    chosen = np.ones(len(values), bool)
    surface = values
    for _ in range(3):
        weights, *_ = np.linalg.lstsq(terms[chosen], values[chosen], rcond=None)
        surface = terms @ weights
        chosen = values > surface - 15
    return surface.reshape(paper.shape)
