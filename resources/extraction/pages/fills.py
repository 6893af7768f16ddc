"""Letters on a ground of their own, as in filled header rows, on buttons and in dark mode, made dark on white.

Everything that looks at a page's pixels takes ink to be darker than paper: rules, letters, drawings, and tesseract. A
ground is a flat area with lighter letters on it, or a tinted one with darker letters. Photographs are not flat, and a
chart's bars hold no letters: both stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from PIL import Image

LEVELS = (100, 150, 200)  # of 255: grounds darker than these are looked for in turn, a card on a dark page after it
TINTS = (90, 235)  # of 255: grounds of dark letters; lighter ones trouble nobody
FLAT = 30  # grey levels: pixels of one ground differ by less from its median
MIN_FLAT = 0.7  # of a ground's pixels
CONTRAST = 50  # grey levels between letters and their ground
RULE = 9  # pixels: what is thinner is a rule or a stroke, and no ground
MIN_LETTER, MAX_LETTER = 5, 90  # pixels, height
MIN_LETTERS = 3  # on a ground
MAX_INK = 0.45  # of a ground: more, and it is the gaps in a light area


def on_paper(image: Image.Image) -> Image.Image:
    """The picture in grey; what is transparent becomes white, or black where what is drawn on it is light."""
    if image.mode == "RGBA":
        grey, alpha = (np.asarray(image.convert(mode)) for mode in ("L", "RGBA"))
        opacity = alpha[..., 3] / 255
        seen = opacity.sum()
        light = seen < 0.9 * opacity.size and seen > 0 and float((grey * opacity).sum() / seen) > 255 - CONTRAST
        ground = Image.new("RGBA", image.size, "black" if light else "white")
        image = Image.alpha_composite(ground, image)
    return image if image.mode == "L" else image.convert("L")


def dark_on_light(image: Image.Image) -> Image.Image:
    """The picture in grey with the letters on dark and tinted grounds as dark letters on white.

    What lies on no such ground keeps its pixels. The same object comes back where the picture is grey already and
    has no ground.
    """
    grey = on_paper(image)
    pixels: np.ndarray | None = None
    for level in (*LEVELS, None):
        seen = _calm(np.asarray(grey) if pixels is None else pixels)
        mask = seen < level if level else (seen >= TINTS[0]) & (seen < TINTS[1])
        for left, top, region in _grounds(seen, mask, light_letters=level is not None):
            pixels = np.array(grey) if pixels is None else pixels
            height, width = region.shape
            part = pixels[top : top + height, left : left + width]
            part[region] = _on_white(part, region, light_letters=level is not None)[region]
    return grey if pixels is None else Image.fromarray(pixels)


def _calm(pixels: np.ndarray) -> np.ndarray:
    """The pixels without the specks of a camera or scanner, each of which would be looked at as a letter."""
    noise = cv2.absdiff(pixels, cv2.medianBlur(pixels, 3))
    return cv2.medianBlur(pixels, 5) if float(np.median(noise)) >= 1 else pixels  # drawn pictures have 0


def _grounds(pixels: np.ndarray, mask: np.ndarray, light_letters: bool) -> Iterator[tuple[int, int, np.ndarray]]:
    """Left, top and area of the grounds within `mask` that hold letters outside it; letters are part of the area."""
    if not mask.any():
        return
    contours, tree = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for index, contour in enumerate(contours):
        left, top, width, height = cv2.boundingRect(contour)
        if tree[0][index][3] >= 0 or height < 2 * MIN_LETTER or width < 3 * MIN_LETTER:
            continue
        holes = _holes(contours, tree[0], index)
        letters = [hole for hole in holes if MIN_LETTER <= cv2.boundingRect(hole)[3] <= MAX_LETTER]
        if len(letters) < MIN_LETTERS:
            continue
        window = pixels[top : top + height, left : left + width]
        region = _region(contour, holes, window.shape, (-left, -top))
        if _is_ground(window, region & mask[top : top + height, left : left + width], region, light_letters):
            yield left, top, region


def _holes(contours: Sequence[np.ndarray], tree: np.ndarray, index: int) -> list[np.ndarray]:
    holes: list[np.ndarray] = []
    child = tree[index][2]
    while child >= 0:
        holes.append(contours[child])
        child = tree[child][0]
    return holes


def _region(
    contour: np.ndarray, holes: Sequence[np.ndarray], shape: tuple[int, ...], offset: tuple[int, int]
) -> np.ndarray:
    """The area within the contour with its letters, without what is larger (a light card, a table's white cells)."""
    region = np.zeros(shape, np.uint8)
    cv2.drawContours(region, [contour], -1, 1, cv2.FILLED, offset=offset)
    for hole in holes:
        if cv2.boundingRect(hole)[3] > MAX_LETTER or _is_box(hole):
            cv2.drawContours(region, [hole], -1, 0, cv2.FILLED, offset=offset)
    return cv2.morphologyEx(region, cv2.MORPH_OPEN, np.ones((RULE, RULE), np.uint8)).astype(bool)


def _is_box(hole: np.ndarray) -> bool:
    """A light rectangle larger than a dash: a cell or a field, no letter."""
    _, _, width, height = cv2.boundingRect(hole)
    return (
        height >= 2 * MIN_LETTER and width >= 2 * height and cv2.contourArea(hole) > 0.85 * (width - 1) * (height - 1)
    )


def _is_ground(window: np.ndarray, ground: np.ndarray, region: np.ndarray, light_letters: bool) -> bool:
    levels = window[ground]
    if len(levels) < 2 * RULE * RULE:
        return False
    paper = float(np.median(levels))
    inside = window[region]
    ink = inside > paper + CONTRAST if light_letters else inside < paper - CONTRAST
    flat = np.abs(levels.astype(np.int16) - paper) < FLAT
    return 0 < int(np.count_nonzero(ink)) < MAX_INK * len(inside) and float(flat.mean()) >= MIN_FLAT


def _on_white(part: np.ndarray, region: np.ndarray, light_letters: bool) -> np.ndarray:
    """The area on white: ink is what differs from the ground, at full contrast; its rim, half ground and half paper,
    becomes white, but a rule there stays."""
    inside = part[region]
    paper = float(np.median(inside))
    if not light_letters:
        return np.clip(part * (255 / paper), 0, 255).astype(np.uint8)
    core = cv2.erode(region.astype(np.uint8), np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    ink = np.abs(part.astype(np.float32) - paper)
    ink = np.where((core == 0) & (part > paper), 0, ink)
    reach = max(float(np.percentile(inside, 99)) - paper, CONTRAST)
    return np.clip(255 - ink * (255 / reach), 0, 255).astype(np.uint8)
