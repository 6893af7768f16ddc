"""What a file is, whatever it is called."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image

from resources.extraction import media_types as types
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
    assert types.media_type_of(written(tmp_path, "file", CONTENTS[media_type]), name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.md", types.MARKDOWN), ("a.MDX", types.MARKDOWN), ("a.rst", types.RST), ("a.csv", types.CSV),
        ("a.tsv", types.TSV), ("a.txt", types.PLAIN), ("a.py", types.PLAIN), ("README", types.PLAIN),
        ("a.html", types.HTML), ("a.pdf", types.PLAIN),
    ],
)  # fmt: skip
def test_the_name_decides_between_kinds_of_text(tmp_path: Path, name: str, media_type: str):
    assert types.media_type_of(written(tmp_path, "file", "one, two\nthree, four\n"), name) == media_type


def test_markdown_without_its_name(tmp_path: Path):
    text = "# Title\n\nSee [this](x.md).\n"
    assert types.media_type_of(written(tmp_path, "file", text), "README") == types.MARKDOWN
    assert types.media_type_of(written(tmp_path, "file", text), "notes.txt") == types.PLAIN
