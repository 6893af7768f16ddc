"""What stands on a PDF page beside its content stream: values of form fields, text boxes and comments.

Read as the file holds them: no form is filled, no action or script of a field is ever run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_text import TextWord, box_transform

MAX_ANNOTATIONS = 5000  # of one page
MAX_BYTES = 2**20  # of one text
MAX_OPTIONS = 1000  # of one field
CHECKED = "\u2612"  # a ballot box with a cross
LINE = 12.0  # points: the height of a line in a field that may be higher
_FLAGS_UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13  # field flag
_COMMENTED = (
    pdfium_c.FPDF_ANNOT_TEXT,
    pdfium_c.FPDF_ANNOT_HIGHLIGHT,
    pdfium_c.FPDF_ANNOT_UNDERLINE,
    pdfium_c.FPDF_ANNOT_SQUIGGLY,
    pdfium_c.FPDF_ANNOT_STRIKEOUT,
    pdfium_c.FPDF_ANNOT_CARET,
    pdfium_c.FPDF_ANNOT_STAMP,
    pdfium_c.FPDF_ANNOT_SQUARE,
    pdfium_c.FPDF_ANNOT_CIRCLE,
    pdfium_c.FPDF_ANNOT_LINE,
    pdfium_c.FPDF_ANNOT_POLYGON,
    pdfium_c.FPDF_ANNOT_POLYLINE,
    pdfium_c.FPDF_ANNOT_INK,
)


@dataclass
class Annotations:
    """`words` are seen on the page (fields and text boxes), `notes` are comments (text, box in points)."""

    words: list[TextWord] = field(default_factory=list)
    notes: list[tuple[str, Box]] = field(default_factory=list)


def read_annotations(page: pdfium.PdfPage) -> Annotations:
    """The page's form values and comments; those that are hidden, and passwords, are left out."""
    found = Annotations()
    transform = box_transform(page)
    rectangle = pdfium_c.FS_RECTF()
    for annotation in _annotations(page):
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        if pdfium_c.FPDFAnnot_GetFlags(annotation) & _FLAGS_UNSEEN:
            continue
        if not pdfium_c.FPDFAnnot_GetRect(annotation, rectangle):
            continue
        box = transform(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
        if kind == pdfium_c.FPDF_ANNOT_WIDGET:
            found.words += _placed(_field_value(annotation, page.formenv), box)
        elif kind == pdfium_c.FPDF_ANNOT_FREETEXT:
            found.words += _placed(_text(annotation, b"Contents"), box)
        elif kind in _COMMENTED and (text := " ".join(_text(annotation, b"Contents").split())):
            found.notes.append((text, box))
    return found


def _annotations(page: pdfium.PdfPage) -> Iterator[Any]:
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), MAX_ANNOTATIONS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            yield annotation
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _field_value(annotation: Any, formenv: pdfium.PdfFormEnv | None) -> str:
    """What a form field shows, inherited values too: its text, its chosen options, a cross where it is checked."""
    if formenv is None:
        return ""
    if pdfium_c.FPDFAnnot_GetFormFieldFlags(formenv, annotation) & _PASSWORD:
        return ""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(formenv, annotation)
    if kind in (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON):
        return CHECKED if pdfium_c.FPDFAnnot_IsChecked(formenv, annotation) else ""
    if kind in (pdfium_c.FPDF_FORMFIELD_LISTBOX, pdfium_c.FPDF_FORMFIELD_COMBOBOX):
        options = min(max(pdfium_c.FPDFAnnot_GetOptionCount(formenv, annotation), 0), MAX_OPTIONS)
        chosen = [n for n in range(options) if pdfium_c.FPDFAnnot_IsOptionSelected(formenv, annotation, n)]
        if chosen:
            label = pdfium_c.FPDFAnnot_GetOptionLabel
            return ", ".join(_read(lambda room, size, n=n: label(formenv, annotation, n, room, size)) for n in chosen)
    if kind in (pdfium_c.FPDF_FORMFIELD_PUSHBUTTON, pdfium_c.FPDF_FORMFIELD_SIGNATURE):
        return ""
    return _read(lambda room, size: pdfium_c.FPDFAnnot_GetFormFieldValue(formenv, annotation, room, size))


def _read(call: Callable[[Any, int], int]) -> str:
    """A text that pdfium writes as UTF-16 into the room it is given, after telling how many bytes it takes."""
    size = min(call(None, 0), MAX_BYTES)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size + 2)
    call(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[:size].decode("utf-16-le", "replace").replace("\x00", "")


def _text(annotation: Any, key: bytes) -> str:
    if pdfium_c.FPDFAnnot_GetValueType(annotation, key) != pdfium_c.FPDF_OBJECT_STRING:
        return ""
    return _read(lambda room, size: pdfium_c.FPDFAnnot_GetStringValue(annotation, key, room, size))


def _placed(text: str, box: Box) -> list[TextWord]:
    """The words of a field, line under line from its top, each as wide as its share of the longest line's letters."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    x0, y0, x1, y1 = box
    height = min((y1 - y0) / len(lines), LINE)
    top = (y0 + y1 - height) / 2 if len(lines) == 1 else y0
    letter = min((x1 - x0) / max(len(" ".join(line)) for line in lines), height / 2)
    words = []
    for number, line in enumerate(lines):
        left = x0
        for word in line:
            y = top + number * height
            words.append(TextWord(word, (left, y, left + len(word) * letter, y + height), height))
            left += (len(word) + 1) * letter
    return words
