"""Drawn pages as scanners, phones and screens deliver them, with their boxes moved along."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from benchmarks.extraction.drawn.marks import Box

Pixels = np.ndarray  # height x width x 3, RGB


@dataclass(frozen=True)
class Shot:
    """A page as pixels, and the 3 x 3 matrix that takes the drawn page's pixels there."""

    pixels: Pixels
    matrix: np.ndarray
    drawn: tuple[int, int]  # width and height before

    def moved(self, box: Box) -> Box:
        """The upright box round a box of the drawn page; both in fractions of their page."""
        x0, y0, x1, y1 = box
        width, height = self.drawn
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64) * (width, height)
        there = cv2.perspectiveTransform(corners[None], self.matrix)[0]
        size = (self.pixels.shape[1], self.pixels.shape[0])
        least, most = np.clip(there.min(axis=0) / size, 0, 1), np.clip(there.max(axis=0) / size, 0, 1)
        return (float(least[0]), float(least[1]), float(most[0]), float(most[1]))


def still(page: Pixels) -> Shot:
    """The page as it is."""
    return Shot(page, np.eye(3), (page.shape[1], page.shape[0]))


def scan(page: Pixels, chance: random.Random) -> Shot:
    """Turned by up to 2.5 degrees, blurred, noisy, grey or not, not quite white, compressed as JPEG."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), chance.uniform(-2.5, 2.5), 1)
    turned = cv2.warpAffine(page, turn, (width, height), borderValue=(255, 255, 255), flags=cv2.INTER_CUBIC)
    if chance.random() < 0.7:
        turned = cv2.cvtColor(cv2.cvtColor(turned, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    shot = _worn(turned, chance, noise=chance.uniform(2, 14), blur=chance.uniform(0.2, 0.9))
    return Shot(_as_jpeg(shot, chance.randint(40, 85)), np.vstack([turn, [0, 0, 1]]), (width, height))


def photo(page: Pixels, chance: random.Random) -> Shot:
    """On a desk, seen at an angle, lit from one side."""
    height, width = page.shape[:2]
    edge, depth = int(width * 0.06), width * 0.05
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.array([[chance.uniform(-depth, depth) for _ in "xy"] for _ in corners], np.float32) + edge
    matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    size = (width + 2 * edge, height + 2 * edge)
    desk = tuple(chance.randint(60, 140) for _ in "rgb")
    taken = cv2.warpPerspective(page, matrix, size, borderValue=desk, flags=cv2.INTER_CUBIC)
    angle = chance.uniform(0, 2 * np.pi)
    down, right = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    light = 0.82 + 0.18 * (np.cos(angle) * right + np.sin(angle) * down) / np.sqrt(2)
    lit = np.clip(taken * light[..., None], 0, 255).astype(np.uint8)
    shot = _worn(lit, chance, noise=chance.uniform(2, 8), blur=chance.uniform(0.3, 0.9))
    return Shot(_as_jpeg(shot, chance.randint(55, 90)), matrix, (width, height))


def _worn(page: Pixels, chance: random.Random, noise: float, blur: float) -> Pixels:
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0, noise, page.shape[:2])[..., None]
    soft = cv2.GaussianBlur(page, (0, 0), blur).astype(np.float64)
    return np.clip(soft * chance.uniform(0.92, 1) + grain, 0, 255).astype(np.uint8)


def _as_jpeg(page: Pixels, quality: int) -> Pixels:
    kept = io.BytesIO()
    Image.fromarray(page).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


def as_file(pages: list[Pixels], suffix: str, dpi: float) -> bytes:
    """One image file, or a PDF (TIFF) with a picture on each page."""
    pictures = [Image.fromarray(page) for page in pages]
    file = io.BytesIO()
    if suffix in (".pdf", ".tiff"):
        kind = suffix[1:].upper()
        pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], resolution=dpi, dpi=(dpi, dpi))
    elif suffix == ".jpg":
        pictures[0].save(file, "JPEG", quality=92, dpi=(dpi, dpi))
    else:
        pictures[0].save(file, suffix[1:].upper(), dpi=(dpi, dpi))
    return file.getvalue()
