"""One small honest file of every format that is made without another program: what mutations start from."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pillow_heif
import pptx
from PIL import Image, ImageDraw
from pptx.util import Inches
from reportlab.pdfgen.canvas import Canvas

from tests.conftest import EXAMPLES
from tests.resources.extraction.files import SVG, outlook_message

_DAY = (2026, 1, 1, 0, 0, 0)
_LARGE = 200_000  # bytes; an example larger than this takes seconds to read, and so do its mutants
_TEXT = {
    "note.md": "# Pump\n\nThe pump needs 24 V.\n\n![Pump](a.png)\n\n| Part | Price |\n|---|---|\n| seal | 4 |\n",
    "note.rst": "Pump\n====\n\nThe pump needs 24 V.\n\n.. image:: a.png\n   :alt: Pump\n\n====  =====\nPart  Price\n"
    "====  =====\nseal  4\n====  =====\n",
    "note.html": '<!doctype html><html><head><title>Pump</title><style>p::before{content:"x"}</style></head><body>'
    '<h1>Pump</h1><p>It needs 24&nbsp;V &#9889;.</p><figure><img src="a.png" alt="Pump"><figcaption>A pump'
    "</figcaption></figure><table><tr><th>Part<th>Price<tr><td>seal<td>4</table></body></html>",
    "note.txt": "The pump needs 24 V.\n\nThe seal costs 4.\n",
    "rows.csv": "Part,Price,Shelf\nseal,4,A1\nring,2,B7\n",
    "rows.tsv": "Part\tPrice\nseal\t4\nring\t2\n",
    "note.rtf": "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 The pump needs 24 V.\\par \\u8364? 4\\par}",
    "note.json": '{"pump": {"volt": 24, "note": "\\u00dcberdruck", "parts": ["seal", "ring"]}}',
    "note.yaml": 'pump: &pump\n  volt: 24\n  note: "\\u00dcberdruck"\nspare: *pump\n',
    "note.toml": '[pump]\nvolt = 24\nnote = "\\u00dcberdruck"\n',
    "note.xml": '<?xml version="1.0"?><pump volt="24"><part name="seal">4</part><note>&#220;berdruck</note></pump>',
    "note.py": 'def pump(volt: int = 24) -> str:\n    return f"The pump needs {volt} V"\n',
    "note.ipynb": '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Pump"]}], "metadata": {}, '
    '"nbformat": 4, "nbformat_minor": 5}',
    "drawing.svg": SVG,
}
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z")
_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_PACKAGE = (
    '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Pump</dc:title></metadata><manifest><item id="a" '
    'href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
)
_CHAPTER = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Pump</h1><p>It needs 24 V.</p></body></html>'
_ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
_ODT = (
    f'<?xml version="1.0"?><office:document-content {_ODF}xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:text><text:h text:outline-level="1">Pump</text:h><text:p>It needs 24 V.</text:p>'
    "</office:text></office:body></office:document-content>"
)


def picture(width: int = 96, height: int = 48) -> Image.Image:
    """A drawing with few colours, too small to cost a reader of text much."""
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((8, 8, width // 2, height // 2), fill=(40, 90, 160))
    return image


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file without the time of day; an entry named `mimetype` is stored, as OpenDocument and EPUB want it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, method)
    return buffer.getvalue()


@cache
def honest_files() -> dict[str, bytes]:
    """Name -> bytes of every honest file, of the example corpus and of those made here."""
    corpus = EXAMPLES / "corpus"
    examples = {
        path.relative_to(corpus).name: path.read_bytes()
        for path in sorted(corpus.rglob("*"))
        if path.is_file() and path.stat().st_size <= _LARGE
    }
    return examples | _made()


@cache
def cheap_files() -> dict[str, bytes]:
    """Those of them that take little time to index: no scans, no pages full of pictures."""
    return {
        name: data
        for name, data in honest_files().items()
        if len(data) < 16_000 and Path(name).suffix not in (".png", ".pdf")
    } | {name: data for name, data in _made().items() if len(data) < 60_000}


@cache
def _made() -> dict[str, bytes]:
    made = {name: text.encode() for name, text in _TEXT.items()}
    made |= {f"picture.{kind}": _encoded(kind) for kind in ("png", "jpeg", "gif", "webp", "tiff", "bmp")}
    made["picture.heic"] = _heic()
    made["letter.eml"] = _mail()
    made["letter.msg"] = outlook_message(
        "Pump", "It needs 24 V.", "a@b.example", [("rows.csv", b"Part,Price\nseal,4\n")]
    )
    made["report.docx"] = _undated(_saved(_word))
    made["slides.pptx"] = _undated(_saved(_slides))
    made["sheet.xlsx"] = _undated(_saved(_sheet))
    made["report.pdf"] = _pdf()
    made["book.epub"] = zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "book.opf": _PACKAGE,
            "a.xhtml": _CHAPTER,
        }
    )
    made["report.odt"] = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": _ODT})
    return made


def _undated(archive: bytes) -> bytes:
    """The same document whenever it is made: a seed has to give the same mutants tomorrow."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return zipped({name: _TIME.sub(b"2026-01-01T00:00:00Z", opened.read(name)) for name in opened.namelist()})


def _saved(fill: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    fill(buffer)
    return buffer.getvalue()


def _encoded(kind: str) -> bytes:
    return _saved(lambda buffer: picture().save(buffer, kind))


def _heic() -> bytes:
    return _saved(lambda buffer: pillow_heif.from_pillow(picture()).save(buffer))


def _word(buffer: io.BytesIO) -> None:
    document = docx.Document()
    document.core_properties.title = "Pump"
    document.add_heading("Pump", 1)
    document.add_paragraph("It needs 24 V.")
    table = document.add_table(2, 2)
    for cell, text in zip((*table.rows[0].cells, *table.rows[1].cells), ("Part", "Price", "seal", "4"), strict=True):
        cell.text = text
    document.add_picture(io.BytesIO(_encoded("png")))
    document.save(buffer)


def _slides(buffer: io.BytesIO) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    shapes: Any = slide.placeholders
    for place, text in enumerate(("Pump", "It needs 24 V.")):
        shapes[place].text_frame.text = text
    slide.shapes.add_picture(io.BytesIO(_encoded("png")), Inches(1), Inches(4))
    deck.save(buffer)


def _sheet(buffer: io.BytesIO) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Part", "Price"], ["seal", 4], ["ring", 2.5]):
        sheet.append(row)
    book.save(buffer)


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", "Pump"
    mail.set_content("It needs 24 V.\n\n> What does the pump need?\n")
    mail.add_alternative("<p>It needs <b>24 V</b>.</p>", subtype="html")
    mail.add_attachment(b"Part,Price\nseal,4\n", maintype="text", subtype="csv", filename="rows.csv")
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"part-{number}")
    return mail.as_bytes(policy=SMTP)


def _pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0, invariant=1)
    canvas.setTitle("Pump")
    canvas.bookmarkPage("a")
    canvas.addOutlineEntry("Pump", "a")
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, "Pump")
    canvas.setFont("Helvetica", 11)
    for line, text in enumerate(("The pump needs 24 V.", "The seal costs 4.")):
        canvas.drawString(72, 720 - 16 * line, text)
    canvas.save()
    return buffer.getvalue()
