"""Which way a page's words are found: from its text layer, by OCR, or both. Decided by what is measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from resources.extraction import boxes
from resources.extraction.model import Box
from resources.extraction.pdf_text import PageText

MIN_CHARACTERS = 20
FULL_PAGE = 0.85  # of the page under one picture: a scan
HALF_PAGE = 0.4
MIN_WORD_SHARE = 0.75  # clean pages .88-1.00, a garbage OCR layer .66
MAX_UNDECODABLE = 0.25

_WORD = re.compile(r"^[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*$")
_PUNCTUATION = ".,;:!?()[]{}\"'-/*\u201c\u201d\u2018\u2019\xab\xbb\u201e\u2026\u2013\u2014\u2022"
_VOWELS = re.compile(r"[aeiouyàâäåæèéêëìíîïòóôöøùúûüœ]", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    name: str  # "text", "ocr", "mixed" or "empty"
    reason: str


def choose_route(text: PageText, images: Sequence[Box], shapes: int, width: float, height: float) -> Route:
    """The route of a page: `images` are its pictures' boxes in points, `shapes` the number of paths it draws."""
    cover = max((boxes.area(image) for image in images), default=0.0) / max(width * height, 1.0)
    total = min(1.0, sum(boxes.area(image) for image in images) / max(width * height, 1.0))
    count = text.characters
    hidden = text.hidden / count if count else 0.0
    undecodable = text.undecodable / count if count else 0.0
    share = word_share([word.text for word in text.words])
    facts = f"{count} characters, image cover {cover:.2f}"
    if count:
        facts += f", hidden {hidden:.2f}, undecodable {undecodable:.2f}, words {share:.2f}"
    if count < MIN_CHARACTERS:
        if total > HALF_PAGE or (not count and (images or shapes > 20)):
            return Route("ocr", f"almost no text layer: {facts}")
        return Route("text" if count else "empty", facts)
    if undecodable > MAX_UNDECODABLE:
        return Route("ocr", f"undecodable text layer: {facts}")
    if hidden > 0.5 and total > HALF_PAGE and share < MIN_WORD_SHARE:
        return Route("ocr", f"text layer of a poor OCR: {facts}")
    if cover > FULL_PAGE and hidden <= 0.5 and count < 10 * MIN_CHARACTERS:
        return Route("mixed", f"a scan with a stamp of text: {facts}")
    return Route("text", facts)


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
