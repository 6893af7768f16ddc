"""Which way a page's words are found: from its text layer, by OCR, or both. Decided by what is measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_objects import PageObjects
from codices.resources.extraction.pages.pdf_text import PageText

MIN_CHARACTERS = 20
FULL_PAGE = 0.85  # of the page under one picture: a scan
HALF_PAGE = 0.4
MIN_WORD_SHARE = 0.75  # clean pages .88-1.00, a garbage OCR layer .66
MAX_UNDECODABLE = 0.25
MIN_WORDS = 15  # for their share to say anything
DOUBTFUL_SHARE = 0.4  # of words on a page that is no picture: code and numbers, or letters mapped wrongly
MIN_GAIN = 0.2  # more words must be seen on the page than its text layer holds, for it to be called garbage
STAMPS = 0.06  # of the page under visible words: a page of text on a picture has more, stamps and filled-in fields less
GRID = 100

_WORD = re.compile(r"^[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*$")
_PUNCTUATION = ".,;:!?()[]{}\"'-/*\u201c\u201d\u2018\u2019\xab\xbb\u201e\u2026\u2013\u2014\u2022"
_VOWELS = re.compile(r"[aeiouyàâäåæèéêëìíîïòóôöøùúûüœ]", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    name: str  # "text", "ocr", "mixed" or "empty"
    reason: str


def choose_route(text: PageText, objects: PageObjects, width: float, height: float, seen: Callable[[], float]) -> Route:
    """The route of a page of this size in points.

    `seen` gives the share of words among what OCR reads in some of the page's lines. It takes a moment, and is only
    asked where the text layer hardly holds words: code and lists of numbers look the same as shown, a layer whose
    letters are mapped wrongly does not.
    """
    cover = image_cover(objects.images, width, height)
    count = text.characters
    hidden = text.hidden / count if count else 0.0
    undecodable = text.undecodable / count if count else 0.0
    share = word_share([word.text for word in text.words])
    facts = f"{count} characters, image cover {cover:.2f}"
    if count:
        facts += f", hidden {hidden:.2f}, undecodable {undecodable:.2f}, words {share:.2f}"
    if count < MIN_CHARACTERS:
        if cover > HALF_PAGE or (not count and (objects.images or objects.drawn)):
            return Route("ocr", f"almost no text layer: {facts}")
        return Route("text" if count else "empty", facts)
    if undecodable > MAX_UNDECODABLE:
        return Route("ocr", f"undecodable text layer: {facts}")
    if hidden > 0.5 and cover > HALF_PAGE and share < MIN_WORD_SHARE:
        return Route("ocr", f"text layer of a poor OCR: {facts}")
    if len(text.words) >= MIN_WORDS and share < (MIN_WORD_SHARE if cover > FULL_PAGE else DOUBTFUL_SHARE):
        shown = seen()
        if shown >= MIN_WORD_SHARE and shown - share > MIN_GAIN:
            return Route("ocr", f"text layer that is not what the page shows ({shown:.2f} words): {facts}")
    if cover > FULL_PAGE and hidden <= 0.5 and (count < 10 * MIN_CHARACTERS or _written(text, width, height) < STAMPS):
        return Route("mixed", f"a scan with a stamp of text: {facts}")
    return Route("text", facts)


def image_cover(images: Sequence[Box], width: float, height: float) -> float:
    """The share of the page under pictures, measured on a grid: the strips of a scan count together, layers of one
    picture once."""
    if not images or width <= 0 or height <= 0:
        return 0.0
    covered = np.zeros((GRID, GRID), bool)
    for x0, y0, x1, y1 in images:
        rows = slice(max(0, round(y0 / height * GRID)), max(0, round(y1 / height * GRID)))
        covered[rows, max(0, round(x0 / width * GRID)) : max(0, round(x1 / width * GRID))] = True
    return float(covered.mean())


def _written(text: PageText, width: float, height: float) -> float:
    """The share of the page under visible words."""
    return sum(boxes.area(word.box) for word in text.words if not word.hidden) / max(width * height, 1.0)


def word_share(tokens: Sequence[str]) -> float:
    """The share of tokens that look like words of a language written in an alphabet, or like numbers.

    Scripts without letter case count as words: nothing is known against them.
    """
    seen = good = 0
    for token in tokens:
        core = token.strip(_PUNCTUATION)
        if not core:
            continue
        seen += 1
        if core.replace(".", "").replace(",", "").isdigit():
            good += 1
        elif _WORD.match(core):
            latin = core.isascii() or bool(_VOWELS.search(core))
            if not latin or _looks_spoken(core):
                good += 1
    return good / seen if seen else 0.0


def _looks_spoken(word: str) -> bool:
    if word.isupper() and len(word) <= 6:
        return True
    if not (word.islower() or word.istitle() or word.isupper()) and len(word) > 3:
        changes = sum(a.islower() != b.islower() for a, b in pairwise(word) if a != "'" != b)
        if changes > 3:
            return False
    if len(word) == 1:
        return word in "aAIiOoyà"
    return bool(_VOWELS.search(word)) and not re.search(r"(.)\1\1", word)
