"""Pixels of PDF pages and of regions on them, within a limit whatever the page box says."""

from __future__ import annotations

from math import sqrt

import pypdfium2 as pdfium
from PIL import Image

from codices.resources.extraction.common.model import Box
from codices.resources.foundation.failures import ExtractionError

MAX_RENDERED_PIXELS = 20_000_000  # a page of A3 at 200 dpi has 7.7 million
MIN_DPI = 20  # where the limit asks for less than this, the page box is not a page's


def render_page(page: pdfium.PdfPage, dpi: float, grey: bool = False) -> Image.Image:
    """The page as displayed, at `dpi` or as near to it as MAX_RENDERED_PIXELS allows.

    Raises ExtractionError("too_large") for a page box that no resolution can show.
    """
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise ExtractionError("corrupt", "the page has no size")
    scale = min(dpi / 72, sqrt(MAX_RENDERED_PIXELS / (width * height)))
    if scale * 72 < MIN_DPI or min(width, height) * scale < 1:
        raise ExtractionError("too_large", f"the page is {width:.0f} x {height:.0f} points")
    bitmap = page.render(scale=scale, grayscale=grey, may_draw_forms=False)  # pyright: ignore[reportArgumentType]
    image = bitmap.to_pil()
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def crop(image: Image.Image, box: Box) -> Image.Image:
    """The part of a page's picture under a box in fractions of the page; at least one pixel."""
    x0, y0 = int(box[0] * image.width), int(box[1] * image.height)
    x1, y1 = round(box[2] * image.width), round(box[3] * image.height)
    return image.crop((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)))
