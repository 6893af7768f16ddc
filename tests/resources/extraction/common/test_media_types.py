"""What a file is, whatever it is called."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.registry.sniffing import media_type_of
from tests.resources.extraction.files import SVG, compound_file, outlook_message, png, written


def office(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "docx":
        docx.Document().save(buffer)
    elif kind == "pptx":
        pptx.Presentation().save(buffer)
    else:
        openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def image(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(buffer, kind)
    return buffer.getvalue()


CONTENTS = {
    types.PDF: b"%PDF-1.7\n%...",
    types.DOCX: office("docx"),
    types.PPTX: office("pptx"),
    types.XLSX: office("xlsx"),
    types.MSG: outlook_message("s", "b", "f", []),
    types.ENCRYPTED: compound_file({"EncryptedPackage": b"x" * 100, "EncryptionInfo": b"y" * 100}),
    types.DOC: compound_file({"WordDocument": b"x" * 100}),
    types.XLS: compound_file({"Workbook": b"x" * 100}),
    types.RTF: b"{\\rtf1 hello}",
    types.SVG: SVG.encode(),
    types.HTML: b"<!DOCTYPE html><html><body>x</body></html>",
    types.XML: b'<?xml version="1.0"?><root/>',
    types.EML: b"Received: from x\nFrom: a@b\nTo: c@d\nSubject: s\n\nbody",
    types.UNKNOWN: bytes(range(256)) * 4,
    "image/png": png(),
    "image/jpeg": image("JPEG"),
    "image/gif": image("GIF"),
    "image/tiff": image("TIFF"),
    "image/webp": image("WEBP"),
    "image/bmp": image("BMP"),
}


@pytest.mark.parametrize("media_type", CONTENTS)
@pytest.mark.parametrize("name", ["right", "wrong.pdf", "wrong.txt", "wrong.md", "wrong.docx"])
def test_by_content(tmp_path: Path, media_type: str, name: str):
    assert media_type_of(written(tmp_path, "file", CONTENTS[media_type]), name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.md", types.MARKDOWN), ("a.MDX", types.MARKDOWN), ("a.rst", types.RST), ("a.csv", types.CSV),
        ("a.tsv", types.TSV), ("a.txt", types.PLAIN), ("a.py", types.CODE), ("README", types.PLAIN),
        ("a.html", types.HTML), ("a.pdf", types.PLAIN),
    ],
)  # fmt: skip
def test_the_name_decides_between_kinds_of_text(tmp_path: Path, name: str, media_type: str):
    assert media_type_of(written(tmp_path, "file", "one, two\nthree, four\n"), name) == media_type


def test_markdown_without_its_name(tmp_path: Path):
    text = "# Title\n\nSee [this](x.md).\n"
    assert media_type_of(written(tmp_path, "file", text), "README") == types.MARKDOWN
    assert media_type_of(written(tmp_path, "file", text), "notes.txt") == types.PLAIN


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.md", "# On PDF\n\nA file starts with `%PDF-1.7` and ends with %%EOF.\n", types.MARKDOWN),
        ("a.txt", "%PDF-1.4 is how it begins, as you know.\n", types.PLAIN),
        ("README", "The header is\n%PDF-1.4 as you know.\n", types.PLAIN),
        ("a.pdf", b"\r\n" * 300 + b"%PDF-1.4\n", types.PDF),
        ("a.pdf", b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n%PDF-1.4\r\n", types.PDF),
        ("a.pdf", b"\x00\x05\xff\xfe%PDF-1.4 \n", types.PDF),
        ("a.md", '<h1 align="center">T</h1>\n\n## Usage\n\n```html\n<html>\n<body>x</body>\n```\n', types.MARKDOWN),
        ("a.md", "<!-- lint off -->\n# T\n\n<svg width='9'></svg>\n\ntext\n", types.MARKDOWN),
        ("a.md", "<svg width='9'><g/></svg>\n\n# T\n\ntext\n", types.MARKDOWN),
        ("a.md", "<!-- saved -->\n<!DOCTYPE html>\n<html><body>x", types.HTML),
        ("a.html", "<p>no head</p>", types.HTML),
        ("a.xls", "<table><tr><td>x</td></tr></table><html>", types.HTML),
        ("a.svg", SVG.encode("utf-16"), types.SVG),
        ("a.svg", f"<!-- made by a tool -->\n<!DOCTYPE svg>\n{SVG}", types.SVG),
        ("a.xml", "<?xml version='1.0'?><book><svg/></book>", types.XML),
    ],
)
def test_words_about_a_format_are_not_the_format(tmp_path: Path, name: str, content: str | bytes, media_type: str):
    assert media_type_of(written(tmp_path, "file", content), name) == media_type
