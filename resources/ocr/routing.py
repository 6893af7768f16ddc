"""Which engine reads a picture when `ocr.engine` is "auto": tesseract first, the other where tesseract fails.

rapidocr takes 10 to 20 times tesseract's time on one core, so that it reads only what tesseract says, or is known, to
read badly.
"""

from __future__ import annotations

from collections.abc import Sequence

from codices.resources.extraction.common.model import Word

CJK = ("chi", "jpn", "kor")  # beginnings of tesseract's codes of languages that PP-OCRv6 reads better
MIN_CONFIDENCE = 75.0  # mean over tesseract's words: pages read well have 90 and more
TINY_LETTERS = 7.0  # pixels, median height: 8 px type, garbled by tesseract even when enlarged


def second_engine_needed(words: Sequence[Word], letter_height: float, languages: Sequence[str]) -> bool:
    """Whether the other engine should read as well, after tesseract's `words`.

    `letter_height` is that of `pixel_shapes.letter_height`, 0 where hardly anything is written.
    """
    if not letter_height:
        return False
    if letter_height < TINY_LETTERS or any(language.startswith(CJK) for language in languages):
        return True
    return not words or sum(word.confidence for word in words) / len(words) < MIN_CONFIDENCE
