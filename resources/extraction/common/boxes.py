"""Arithmetic on boxes (x0, y0, x1, y1), origin at the top left, in any one unit."""

from __future__ import annotations

from collections.abc import Iterable

from codices.resources.extraction.common.model import Box


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def intersection(a: Box, b: Box) -> Box:
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them; raises ValueError where there is none."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def overlap(a: Box, b: Box) -> float:
    """The share of `a` that lies in `b`."""
    whole = area(a)
    return area(intersection(a, b)) / whole if whole > 0 else float(contains(b, center(a)))


def iou(a: Box, b: Box) -> float:
    shared = area(intersection(a, b))
    whole = area(a) + area(b) - shared
    return shared / whole if whole > 0 else 0.0


def center(box: Box) -> tuple[float, float]:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def contains(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def scale(box: Box, x: float, y: float) -> Box:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)


def grow(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def shared_width(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0]))


def shared_height(a: Box, b: Box) -> float:
    return max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def fractions(box: Box, width: float, height: float) -> Box:
    """A box in points or pixels as fractions of its page or picture, clipped to it."""
    x0, y0, x1, y1 = box[0] / width, box[1] / height, box[2] / width, box[3] / height
    return (
        round(min(max(x0, 0.0), 1.0), 5),
        round(min(max(y0, 0.0), 1.0), 5),
        round(min(max(x1, 0.0), 1.0), 5),
        round(min(max(y1, 0.0), 1.0), 5),
    )


def turned(box: Box, degrees: int) -> Box:
    """A box in fractions after its page was turned clockwise by 0, 90, 180 or 270 degrees."""
    x0, y0, x1, y1 = box
    if degrees == 90:
        return (1 - y1, x0, 1 - y0, x1)
    if degrees == 180:
        return (1 - x1, 1 - y1, 1 - x0, 1 - y0)
    if degrees == 270:
        return (y0, 1 - x1, y1, 1 - x0)
    return box
