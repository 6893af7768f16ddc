"""Reading a picture: words, confidence, boxes; it is turned, straightened and enlarged where that helps."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytesseract
from PIL import Image, ImageOps

from codices.resources.extraction.common.model import Box, Reading, Word
from codices.resources.extraction.common.pictures import decode, open_image, pixels_id
from codices.resources.extraction.pages.fills import dark_on_light
from codices.resources.extraction.pages.orientation import (
    as_before,
    osd_turns,
    quarter_turns,
    skew,
    stands_on_side,
    straightened,
    turned,
)
from codices.resources.extraction.pdf.pixel_shapes import letter_height, without_rules
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.ocr.rapid import rapid_words
from codices.resources.ocr.routing import second_engine_needed
from codices.resources.ocr.table_reading import table_cells
from codices.resources.settings.ocr_options import OcrOptions

GOOD_CONFIDENCE = 60.0  # mean below it: look at orientation, then try again with two colours
DOUBTFUL = 70.0  # confidence of a word in a table below which it is read again by itself; mean of a figure's words
SECOND_LOOKS = 10  # words at most: where more are doubtful the print is poor, and each look costs a process
MANY_WORDS = 10  # read badly in a figure: it may be a text that lies on its side
TIMEOUT_SECONDS = 60
SMALL_LETTERS = 11.0  # pixels, median height: 10 point text at 100 dpi has about 8, at 200 dpi 15
SMALL_IN_TABLES = 20.0  # numbers have no neighbours that tell what a speck is: points and signs get lost below it
MAX_SIDE = 4000
MODES = {"page": 3, "table": 6, "figure": 11}  # tesseract's page segmentation
PAGE_MIN_CONFIDENCE = 20.0  # of a word on a page: below it is noise of the scan


class MissingLanguageError(ValueError):
    """A language asked for in the settings has no tesseract data on this machine."""


def check_languages(options: OcrOptions) -> None:
    """Raise MissingLanguageError where tesseract reads and it or one of the languages is not installed."""
    if options.engine == "rapidocr":
        return
    try:
        installed = set(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise MissingLanguageError(
            "tesseract is not installed: install the package tesseract-ocr, or set ocr.enabled = false"
        ) from error
    missing = [language for language in options.languages if language not in installed]
    if missing:
        raise MissingLanguageError(
            f"tesseract has no data for {', '.join(missing)}: install tesseract-ocr-{missing[0]} "
            f"or change ocr.languages (installed: {', '.join(sorted(installed - {'osd'}))})"
        )


def read_picture(data: bytes, role: str, options: OcrOptions) -> Reading:
    """Read one picture (encoded bytes) in its role: "page", "table" or "figure".

    Word boxes are fractions of the picture after it was turned clockwise by `rotation` degrees. For a table `cells`
    and `html` are set where its structure was recognised. A picture that cannot be read gives a reading with
    `failure` set, never an exception; where one engine failed and the other read, there are words beside it.
    """
    try:
        image = decode(open_image(data))
    except ExtractionError as error:
        return Reading("", failure=Failure("ocr", error.kind, error.message))
    image_id = pixels_id(image)
    grey = dark_on_light(image)
    try:
        return _read(grey, image_id, role, options)
    except RuntimeError as error:
        return Reading(image_id, failure=_failure(error))


def _failure(error: RuntimeError) -> Failure:
    """Of pytesseract's time-out, or tesseract's own failure."""
    kind = "timeout" if "timeout" in str(error).lower() else "ocr_failed"
    return Failure("ocr", kind, f"tesseract: {error}")


def _read(grey: Image.Image, image_id: str, role: str, options: OcrOptions) -> Reading:
    rotation = 0
    angle = skew(grey) if role == "page" else 0.0
    failure = None
    try:
        words = _words(grey, role, angle, options)
    except RuntimeError as error:
        if options.engine != "auto":
            raise
        words, failure = [], _failure(error)
    if failure is None and _reads_badly(words, role, grey):
        degrees = osd_turns(grey) or quarter_turns(grey)
        upright = turned(grey, degrees)
        tilt = skew(upright) if role != "table" else 0.0
        if degrees or tilt != angle:
            other = _words(upright, role, tilt, options)
            if _weight(other) > _weight(words):
                grey, words, rotation, angle = upright, other, degrees, tilt
    if failure is None and _confidence(words) < GOOD_CONFIDENCE and role != "figure":
        other = _words(_two_colours(grey), role, angle, options)
        if _weight(other) > 1.1 * _weight(words):
            words = other
    doubtful = sum(word.confidence < DOUBTFUL for word in words)
    if role == "table" and doubtful <= SECOND_LOOKS and options.engine != "rapidocr":
        words = [_second_look(grey, word, options) for word in words]
    if options.engine == "auto" and second_engine_needed(words, letter_height(grey), options.languages):
        other = _rapid_words(grey, angle)
        if _weight(other) > _weight(words):
            words = other
    limit = {"figure": options.min_confidence, "page": PAGE_MIN_CONFIDENCE}.get(role, 0.0)
    words = [word for word in words if word.confidence >= limit]
    reading = Reading(image_id, words, _text(words), _confidence(words), rotation, angle, failure=failure)
    if role == "table":
        reading.cells, reading.html = table_cells(grey, words)
    return reading


def _rapid_words(grey: Image.Image, angle: float) -> list[Word]:
    words = rapid_words(straightened(grey, angle))
    return [replace(word, box=as_before(word.box, angle, grey.width, grey.height)) for word in words]


def _words(grey: Image.Image, role: str, angle: float, options: OcrOptions) -> list[Word]:
    if options.engine == "rapidocr":
        return _rapid_words(grey, angle)
    straight = without_rules(grey) if role == "table" else straightened(grey, angle)
    factor = _enlargement(straight, SMALL_IN_TABLES if role == "table" else SMALL_LETTERS)
    if factor != 1:
        size = (round(straight.width * factor), round(straight.height * factor))
        straight = straight.resize(size, Image.Resampling.LANCZOS)
    found = pytesseract.image_to_data(
        straight,
        lang="+".join(options.languages),
        config=f"--psm {MODES[role]} --dpi 200",
        output_type=pytesseract.Output.DICT,
        timeout=TIMEOUT_SECONDS,
    )
    words: list[Word] = []
    lines: dict[tuple[int, int, int], int] = {}
    for i, text in enumerate(found["text"]):
        text = str(text).strip()
        confidence = float(found["conf"][i])
        if not text or confidence < 0:
            continue
        key = (found["block_num"][i], found["par_num"][i], found["line_num"][i])
        left, top = found["left"][i], found["top"][i]
        box: Box = (
            left / straight.width,
            top / straight.height,
            (left + found["width"][i]) / straight.width,
            (top + found["height"][i]) / straight.height,
        )
        line = lines.setdefault(key, len(lines))
        if confidence < GOOD_CONFIDENCE and not any(character.isalnum() for character in text):
            continue  # a speck or the rest of a rule
        words.append(Word(text, confidence, as_before(box, angle, grey.width, grey.height), line))
    return words


def _second_look(grey: Image.Image, word: Word, options: OcrOptions) -> Word:
    """A word of a table that was read badly, read by itself: a lone digit in a row confuses tesseract."""
    if word.confidence >= DOUBTFUL:
        return word
    x0, y0, x1, y1 = (round(edge * side) for edge, side in zip(word.box, (*grey.size, *grey.size), strict=True))
    margin = max(3, (y1 - y0) // 3)
    part = without_rules(grey.crop((x0 - margin, y0 - margin, x1 + margin, y1 + margin)))
    factor = max(1.0, 48 / max(part.height, 1))
    part = part.resize((round(part.width * factor), round(part.height * factor)), Image.Resampling.LANCZOS)
    found = pytesseract.image_to_data(
        ImageOps.expand(part, 12, fill=int(np.percentile(np.asarray(part), 75))),
        lang="+".join(options.languages),
        config="--psm 7 --dpi 300",
        output_type=pytesseract.Output.DICT,
        timeout=TIMEOUT_SECONDS,
    )
    read = [
        (str(text).strip(), float(confidence))
        for text, confidence in zip(found["text"], found["conf"], strict=True)
        if str(text).strip() and float(confidence) >= 0
    ]
    if not read or min(confidence for _, confidence in read) <= word.confidence:
        return word
    text = " ".join(text for text, _ in read)
    return replace(word, text=text, confidence=min(confidence for _, confidence in read))


def _enlargement(image: Image.Image, small: float) -> float:
    """2 for letters lower than `small` pixels, as long as the picture stays within MAX_SIDE."""
    height = letter_height(image)
    return 2.0 if 0 < height < small and 2 * max(image.size) <= MAX_SIDE else 1.0


def _two_colours(grey: Image.Image) -> Image.Image:
    _, binary = cv2.threshold(np.asarray(grey), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return Image.fromarray(binary)


def _confidence(words: list[Word]) -> float:
    return round(sum(word.confidence for word in words) / len(words), 2) if words else 0.0


def _reads_badly(words: list[Word], role: str, grey: Image.Image) -> bool:
    """Whether it is worth a look if the picture lies on its side. Few bad words in a figure are a chart's, but where
    lines of letters run down the picture and next to none of them was read, they are a text's."""
    if role != "figure":
        return _confidence(words) < GOOD_CONFIDENCE
    if len(words) >= MANY_WORDS:
        return _confidence(words) < DOUBTFUL
    read = sum(len(word.text) for word in words if word.confidence >= GOOD_CONFIDENCE)
    return read < MANY_WORDS and stands_on_side(grey)


def _weight(words: list[Word]) -> float:
    """How much was read, and how surely: the sum over words of length times confidence above chance."""
    return sum(len(word.text) * max(word.confidence - 30, 0) for word in words)


def _text(words: list[Word]) -> str:
    lines: dict[int, list[str]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values())
