"""What a PDF page draws besides text: pictures, rules and shapes, in points from the page's top left."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import box_transform

MAX_OBJECTS = 20_000  # of one page: a map of a million strokes is one figure anyway
MAX_DEPTH = 6  # of forms within forms
RULE_THICKNESS = 3.0  # points
SPECK = 8.0  # points: underscores, dots and bullets drawn as paths

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass
class PageObjects:
    """`horizontal` rules are (y, x0, x1), `vertical` ones (x, y0, y1); `shapes` are all other paths and shadings but
    specks; `drawn` counts all of them."""

    images: list[Box] = field(default_factory=list)
    horizontal: list[tuple[float, float, float]] = field(default_factory=list)
    vertical: list[tuple[float, float, float]] = field(default_factory=list)
    shapes: list[Box] = field(default_factory=list)
    drawn: int = 0
    cut: bool = False


def read_objects(page: pdfium.PdfPage) -> PageObjects:
    """Pictures, rules and shapes of the page, forms opened, clipped to the crop box."""
    found = PageObjects()
    budget = [MAX_OBJECTS]
    transform = box_transform(page)
    width, height = page.get_size()
    frame: Box = (0.0, 0.0, width, height)

    def place(left: float, bottom: float, right: float, top: float, matrix: Matrix) -> Box:
        a, b, c, d, e, f = matrix
        corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return transform(min(xs), min(ys), max(xs), max(ys))

    def walk(container: object, count: int, get: object, matrix: Matrix, depth: int) -> None:
        for index in range(count):
            if budget[0] <= 0:
                found.cut = True
                return
            budget[0] -= 1
            thing = get(container, index)  # pyright: ignore[reportCallIssue]
            if not thing:
                continue
            kind = pdfium_c.FPDFPageObj_GetType(thing)
            if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
                budget[0] += 1
                continue
            if kind == pdfium_c.FPDF_PAGEOBJ_FORM:
                if depth < MAX_DEPTH:
                    inner = pdfium_c.FS_MATRIX()
                    pdfium_c.FPDFPageObj_GetMatrix(thing, inner)
                    own = (inner.a, inner.b, inner.c, inner.d, inner.e, inner.f)
                    children = pdfium_c.FPDFFormObj_CountObjects(thing)
                    walk(thing, children, pdfium_c.FPDFFormObj_GetObject, _times(own, matrix), depth + 1)
                continue
            edges = [ctypes.c_float() for _ in range(4)]
            if not pdfium_c.FPDFPageObj_GetBounds(thing, *edges):
                continue
            left, bottom, right, top = (edge.value for edge in edges)
            box = place(left, bottom, right, top, matrix)
            if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                clipped = boxes.intersection(box, frame)
                if boxes.area(clipped) > 0:
                    found.images.append(clipped)
            else:
                _add_path(found, box, frame)

    walk(page.raw, pdfium_c.FPDFPage_CountObjects(page.raw), pdfium_c.FPDFPage_GetObject, _IDENTITY, 0)
    return found


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _add_path(found: PageObjects, box: Box, frame: Box) -> None:
    x0, y0, x1, y1 = boxes.intersection(box, frame)
    width, height = x1 - x0, y1 - y0
    if width < -0.5 or height < -0.5:
        return
    found.drawn += 1
    if max(width, height) < SPECK:
        return
    if height <= RULE_THICKNESS and width > 2 * RULE_THICKNESS:
        found.horizontal.append(((y0 + y1) / 2, x0, x1))
    elif width <= RULE_THICKNESS and height > RULE_THICKNESS:
        found.vertical.append(((x0 + x1) / 2, y0, y1))
    elif width > 0 and height > 0:
        found.shapes.append((x0, y0, x1, y1))
