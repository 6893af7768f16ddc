"""How well tesseract reads a few lines of a picture: asked where a page's orientation or text layer is in doubt.

Any installed language will do for that. Where tesseract is not installed nothing can be read, and the doubt stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytesseract
from PIL import Image

from codices.resources.extraction.common.model import Box

MAX_STRIPS = 10
TIMEOUT_SECONDS = 60


def strips(grey: Image.Image, lines: Sequence[Box]) -> Image.Image:
    """The first lines (boxes in fractions, at least one) cut out and put under each other in one picture."""
    crops = []
    for x0, y0, x1, y1 in lines[:MAX_STRIPS]:
        margin = 0.3 * (y1 - y0)
        left, right = round(x0 * grey.width), round(x1 * grey.width)
        top, bottom = round((y0 - margin) * grey.height), round((y1 + margin) * grey.height)
        crops.append(grey.crop((left, top, right, bottom)))
    gap = 12
    sheet = Image.new(
        "L", (max(crop.width for crop in crops) + 2 * gap, sum(crop.height + gap for crop in crops) + gap), 255
    )
    y = gap
    for crop in crops:
        sheet.paste(crop, (gap, y))
        y += crop.height + gap
    return sheet


def legibility(image: Image.Image) -> float:
    """Letters and digits that are read, weighted by tesseract's confidence."""
    return sum(
        max(confidence - 20, 0) * sum(character.isalnum() for character in word)
        for word, confidence in read_words(image)
    )


def read_words(image: Image.Image) -> list[tuple[str, float]]:
    """The words of one block of text with confidences 0-100; none where tesseract is missing or gives up."""
    language = installed_language()
    if language is None:
        return []
    try:
        found = pytesseract.image_to_data(
            image,
            lang=language,
            config="--psm 6 --dpi 200",
            output_type=pytesseract.Output.DICT,
            timeout=TIMEOUT_SECONDS,
        )
    except RuntimeError:  # tesseract's own failure, or its time-out
        return []
    return [
        (str(text).strip(), float(confidence))
        for text, confidence in zip(found["text"], found["conf"], strict=True)
        if str(text).strip() and float(confidence) >= 0
    ]


@cache
def installed_language() -> str | None:
    """The language to read with: English where it is installed, else any; None without tesseract. Asked once."""
    try:
        installed = set(pytesseract.get_languages(config="")) - {"osd"}
    except (OSError, RuntimeError):  # tesseract is not installed, or has no data at all
        return None
    return "eng" if "eng" in installed else min(installed, default=None)
