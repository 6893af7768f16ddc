"""The words of a PDF page as its text layer gives them, with boxes in points from the page's top left."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from codices.resources.extraction.common.model import Box
from codices.resources.foundation.well_formed import character as character_of
from codices.resources.foundation.well_formed import joined

HYPHEN_AT_LINE_END = ("\u0002", "\ufffe")  # what pdfium puts for a hyphen that breaks a word at the line's end
MAX_CHARACTERS = 200_000  # of one page; more is no page that anyone reads
_FIXED_PITCH, _FORCE_BOLD = 1 << 0, 1 << 18  # flags of a font's descriptor
_BOLD_NAMES = ("bold", "black", "heavy", "cmbx")
_MONO_NAMES = (
    *("mono", "courier", "consol", "typewriter", "menlo", "inconsolata"),
    *("cmtt", "sltt", "sftt", "ectt", "lmtt"),  # TeX's
)
FIRST_LEFTWARD = 0x590  # before the Hebrew block no script runs from right to left

# Blocks from Hebrew to Arabic Extended-A without the digits, their presentation forms, and what lies beyond the BMP.
_LEFTWARD = re.compile(
    "[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_RIGHTWARD = r"[0-9A-Za-z\u0660-\u0669\u06f0-\u06f9]"
_NUMBERS = re.compile(f"{_RIGHTWARD}+(?:[.,:/]{_RIGHTWARD}+)*")


@dataclass
class TextWord:
    """One word: `size` is the height of its line box in points, `angle` in degrees as displayed (0 is upright)."""

    text: str
    box: Box
    size: float
    bold: bool = False
    angle: int = 0
    hidden: bool = False  # drawn invisibly (render mode 3), as OCR layers are
    mono: bool = False  # in a font whose letters are all of one width
    layer: bool = False  # part of optional content: a layer, which may be switched off

    @property
    def leftward(self) -> bool:
        """Whether the word is of a script that is written from right to left."""
        return runs_leftward(self.text)


@dataclass
class PageText:
    words: list[TextWord]
    characters: int = 0
    undecodable: int = 0  # replacement characters, private use, control characters
    hidden: int = 0  # characters drawn invisibly
    cut: bool = False  # more than MAX_CHARACTERS


def runs_leftward(text: str) -> bool:
    """Whether a letter of the text belongs to a script that is written from right to left."""
    return not text.isascii() and _LEFTWARD.search(text) is not None


def display_transform(page: pdfium.PdfPage) -> Callable[[float, float], tuple[float, float]]:
    """From the page's user space to points from the top left of the page as displayed (cropped and rotated)."""
    x0, y0, x1, y1 = page.get_bbox()  # the crop box within the media box, whatever corners they name first
    rotation = page.get_rotation()
    if rotation == 90:
        return lambda x, y: (y - y0, x - x0)
    if rotation == 180:
        return lambda x, y: (x1 - x, y - y0)
    if rotation == 270:
        return lambda x, y: (y1 - y, x1 - x)
    return lambda x, y: (x - x0, y1 - y)


def box_transform(page: pdfium.PdfPage) -> Callable[[float, float, float, float], Box]:
    """As `display_transform`, for (left, bottom, right, top)."""
    point = display_transform(page)

    def transform(left: float, bottom: float, right: float, top: float) -> Box:
        ax, ay = point(left, bottom)
        bx, by = point(right, top)
        return (ax if ax < bx else bx, ay if ay < by else by, bx if ax < bx else ax, by if ay < by else ay)

    return transform


def read_text(page: pdfium.PdfPage) -> PageText:
    """Words of the page in the order of its content stream; words outside the crop box are left out."""
    textpage = page.get_textpage()
    try:
        return _read_words(page, textpage)
    finally:
        textpage.close()


def _read_words(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> PageText:
    raw = textpage.raw
    count = textpage.count_chars()
    result = PageText([])
    if count > MAX_CHARACTERS:
        result.cut = True
        count = MAX_CHARACTERS
    transform = box_transform(page)
    width, height = page.get_size()
    rotation = page.get_rotation()
    left, bottom, right, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium_c.FS_RECTF()
    parts: list[str] = []
    edges: list[float] = []  # the letters' right edges
    box: list[float] = []
    first = 0
    leftward = False
    looks: dict[int | None, _Look] = {}  # of the page's text objects, by their addresses

    def finish() -> None:
        if parts:
            letters = _from_the_right(parts, edges) if leftward else "".join(parts)
            word = _make_word(letters, (box[0], box[1], box[2], box[3]), raw, first, rotation, looks)
            cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            if 0 <= cx <= width and 0 <= cy <= height:
                result.words.append(word)
                result.characters += len(word.text)
                result.hidden += len(word.text) if word.hidden else 0
        parts.clear()
        edges.clear()

    for index, code in _code_points(raw, count):
        character = character_of(code)
        if character in HYPHEN_AT_LINE_END:
            character = "-"
        elif character.isspace() or code in (0xAD, 0x200B, 0xFEFF):
            if code not in (0xAD, 0x200B, 0xFEFF):
                finish()
            continue
        if not pdfium_c.FPDFText_GetLooseCharBox(raw, index, loose):
            continue
        x0, y0, x1, y1 = loose.left, loose.bottom, loose.right, loose.top
        if not (math.isfinite(x0) and math.isfinite(x1)) or y1 - y0 <= 0 or x1 - x0 <= 0:
            pdfium_c.FPDFText_GetCharBox(raw, index, left, right, bottom, top)
            x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
            if x1 <= x0 and y1 <= y0:
                continue
        shown = transform(x0, y0, x1, y1)
        if character == "\ufffd" or 0xE000 <= code <= 0xF8FF or (code < 32 and character != "-"):
            result.undecodable += 1
        turns = code >= FIRST_LEFTWARD and runs_leftward(character)
        if parts:
            size = max(shown[3] - shown[1], 1.0)
            jumps = (
                shown[0] - box[2] > 0.5 * size
                or box[0] - shown[2] > (0.5 * size if leftward or turns else 0.0)
                or min(shown[3], box[3]) - max(shown[1], box[1]) < -0.1 * size
            )
            if jumps and not _turned(raw, first, rotation):
                finish()
        if parts:
            _widen(box, shown)
        else:
            box[:] = shown
            first, leftward = index, False
        leftward = leftward or turns
        parts.append(character)
        edges.append(shown[2])
    finish()
    return result


def _code_points(raw: ctypes.c_void_p, count: int) -> Iterator[tuple[int, int]]:
    """(index, code point) of each character. What lies beyond the BMP pdfium reports as two UTF-16 halves, with the
    box of one character each: the pair is one character, where its first half is."""
    index = 0
    while index < count:
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        pair = joined(code, pdfium_c.FPDFText_GetUnicode(raw, index + 1)) if 0xD800 <= code <= 0xDBFF else None
        yield index, code if pair is None else pair
        index += 1 if pair is None else 2


def _from_the_right(letters: Sequence[str], edges: Sequence[float]) -> str:
    """A word of a right-to-left script in the order in which it is read, whatever order it is drawn in: its letters
    from right to left, numbers and Latin letters within it from left to right, shaped letters as plain ones."""
    placed = sorted(zip(letters, edges, strict=True), key=lambda letter: -letter[1])
    text = "".join(letter for letter, _ in placed)
    text = _NUMBERS.sub(lambda found: found[0][::-1], text)
    return unicodedata.normalize("NFKC", text)


def _angle(raw: ctypes.c_void_p, index: int, rotation: int) -> int:
    radians = pdfium_c.FPDFText_GetCharAngle(raw, index)
    if radians < 0:
        return 0
    return round(math.degrees(radians) + rotation) % 360


def _turned(raw: ctypes.c_void_p, index: int, rotation: int) -> bool:
    angle = _angle(raw, index, rotation)
    return min(angle, 360 - angle) > 10


def _widen(box: list[float], by: Box) -> None:
    """The union, in place; comparisons take half the time of min and max, and there is one for every letter."""
    if by[0] < box[0]:
        box[0] = by[0]
    if by[1] < box[1]:
        box[1] = by[1]
    if by[2] > box[2]:
        box[2] = by[2]
    if by[3] > box[3]:
        box[3] = by[3]


@dataclass(frozen=True)
class _Look:
    """What all words of one text object share: it has one font."""

    bold: bool
    mono: bool
    hidden: bool
    layer: bool


def _make_word(
    text: str, box: Box, raw: ctypes.c_void_p, index: int, rotation: int, looks: dict[int | None, _Look]
) -> TextWord:
    text_object = pdfium_c.FPDFText_GetTextObject(raw, index)
    address = ctypes.cast(text_object, ctypes.c_void_p).value
    look = looks.get(address) if address else None
    if look is None:
        look = looks[address] = _look(raw, index, text_object)
    angle = _angle(raw, index, rotation)
    turned = min(angle, 360 - angle) > 10
    size = min(box[2] - box[0], box[3] - box[1]) if turned else box[3] - box[1]
    return TextWord(text, box, size, look.bold, angle if turned else 0, look.hidden, look.mono, look.layer)


def _look(raw: ctypes.c_void_p, index: int, text_object: object) -> _Look:
    bold, mono = _font(raw, index)
    if not text_object:
        return _Look(bold, mono, hidden=False, layer=False)
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(text_object)
    return _Look(bold, mono, mode == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, _in_layer(text_object))


def _font(raw: ctypes.c_void_p, index: int) -> tuple[bool, bool]:
    """Whether a character's font is bold, and whether all its letters are of one width: by its flags (PDF 32000-1,
    table 123), or by its name where these say nothing."""
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    known = pdfium_c.FPDFText_GetFontInfo(raw, index, name, 128, flags)
    lowered = name.value.decode("utf-8", "replace").lower() if known else ""
    bold = pdfium_c.FPDFText_GetFontWeight(raw, index) >= 600 or bool(flags.value & _FORCE_BOLD)
    bold = bold or any(mark in lowered for mark in _BOLD_NAMES)
    mono = bool(flags.value & _FIXED_PITCH) or any(mark in lowered for mark in _MONO_NAMES)
    return bold, mono


def _in_layer(text_object: object) -> bool:
    """Whether an object is marked as optional content (PDF 32000-1, 8.11.3.2)."""
    name, size = ctypes.create_string_buffer(16), ctypes.c_ulong()
    for index in range(max(0, pdfium_c.FPDFPageObj_CountMarks(text_object))):
        mark = pdfium_c.FPDFPageObj_GetMark(text_object, index)
        room = ctypes.cast(name, ctypes.POINTER(ctypes.c_ushort))
        known = mark and pdfium_c.FPDFPageObjMark_GetName(mark, room, 16, size)
        if known and name.raw[: max(0, size.value - 2)].decode("utf-16-le", "replace") == "OC":
            return True
    return False
