"""Every bad input of the list costs itself: it fails with a stage, a kind and a reason, or is indexed as what it is.

One corpus with all of them and a few good files goes through the isolated extraction in one run.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import msoffcrypto
import openpyxl
import pptx
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.run import extract_documents
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.files import (
    compound_file,
    image_bomb,
    outlook_message,
    parsed,
    png,
    with_entry,
    written,
)

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPANNING_ROW = (
    '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr>'
)
LAUGHS = '<!DOCTYPE l [<!ENTITY a "lollollollol">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)
) + "]>"  # fmt: skip


def word() -> bytes:
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Good words")
    document.save(buffer)
    return buffer.getvalue()


def sheet() -> bytes:
    buffer = io.BytesIO()
    book: Any = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.save(buffer)
    return buffer.getvalue()


def slides() -> bytes:
    buffer = io.BytesIO()
    deck: Any = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Good slide"
    deck.save(buffer)
    return buffer.getvalue()


def locked(content: bytes) -> bytes:
    buffer = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt("secret", buffer)  # pyright: ignore[reportAttributeAccessIssue]
    return buffer.getvalue()


def word_body(body: str, before: str = "") -> bytes:
    xml = f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return with_entry(word(), "word/document.xml", xml.encode())


def merged_sheet() -> bytes:
    with_area = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        f'<c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData>{with_area}</worksheet>'
    )
    return with_entry(sheet(), "xl/worksheets/sheet1.xml", xml.encode())


def sheet_without_its_style() -> bytes:
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" s="99999"><v>5</v></c></row></sheetData></worksheet>'
    )
    return with_entry(sheet(), "xl/worksheets/sheet1.xml", xml.encode())


def with_broken_kind() -> bytes:
    """An archive whose entry `mimetype`, which tells its kind, cannot be unpacked."""
    data = with_entry(word(), "mimetype", b"application/epub+zip" * 9)
    start = data.rindex(b"mimetype", 0, data.index(b"PK\x01\x02")) + len("mimetype")
    return data[:start] + b"\xff" * 4 + data[start + 4 :]


def pdf(encrypt: StandardEncryption | None = None, size: tuple[float, float] = (400, 400)) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, encrypt=encrypt)
    canvas.drawString(50, 200, "Good words on a page of a file, quite enough of them to be text")
    canvas.save()
    return buffer.getvalue()


def pdf_with_script() -> bytes:
    actions = (
        b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://x'\\)) >> /AA << /O << /S /Launch /F (rm) >> >>"
    )
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog " + actions)


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((400, 300), 60).save(buffer, "JPEG")
    return buffer.getvalue()


def broken(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes(byte ^ 0x55 for byte in content[middle : middle + 600]) + content[middle + 600 :]


FAILS: dict[str, tuple[bytes, set[str]]] = {
    "zero.pdf": (b"", {"empty_file"}),
    "zero.docx": (b"", {"empty_file"}),
    "zero.md": (b"", {"empty_file"}),
    "zero.png": (b"", {"empty_file"}),
    "blank.txt": (b" \n\t\n ", {"no_content"}),
    "blank.html": (b"<html><body><script>x()</script></body></html>", {"no_content"}),
    "truncated.docx": (word()[:9000], {"truncated"}),
    "truncated.xlsx": (sheet()[:2000], {"truncated"}),
    "truncated.pptx": (slides()[:9000], {"truncated"}),
    "truncated.pdf": (pdf()[:120], {"truncated", "corrupt"}),
    "truncated.png": (png()[:300], {"truncated", "corrupt"}),
    "truncated.jpg": (jpeg()[:900], {"truncated", "corrupt"}),
    "truncated.msg": (outlook_message("s", "b" * 9000, "f", [])[:1500], {"corrupt", "unsupported"}),
    "encrypted.pdf": (pdf(StandardEncryption("secret", "owner")), {"encrypted"}),
    "encrypted.docx": (locked(word()), {"encrypted"}),
    "encrypted.xlsx": (locked(sheet()), {"encrypted"}),
    "encrypted.pptx": (locked(slides()), {"encrypted"}),
    "encrypted.msg": (outlook_message("s", "", "a@b", [("message.rpmsg", b"x")]), {"encrypted"}),
    "corrupt zip.docx": (broken(word()), {"corrupt"}),
    "corrupt zip.xlsx": (broken(sheet()), {"corrupt"}),
    "corrupt zip.pptx": (broken(slides()), {"corrupt"}),
    "noise.docx": (b"PK\x03\x04" + os.urandom(3000), {"truncated", "corrupt"}),
    "noise.bin": (b"\x00\x01" + os.urandom(3000), {"unsupported"}),
    "noise.doc": (compound_file({"WordDocument": b"x" * 9000}), {"conversion_failed", "needs_libreoffice"}),
    "a program.jar": (with_entry(word(), "other", b"x").replace(b"word/", b"wurd/"), {"unsupported"}),
    "bomb by ratio.docx": (with_entry(word(), "word/media/big.bin", bytes(200 * 2**20)), {"archive_bomb"}),
    "bomb of entities.docx": (word_body("<w:p><w:r><w:t>&i;</w:t></w:r></w:p>", LAUGHS), {"corrupt"}),
    "bomb of nesting.docx": (word_body("<w:p><w:r>" * 5000 + "</w:r></w:p>" * 5000), {"corrupt", "too_deep"}),
    "broken kind.epub": (with_broken_kind(), {"corrupt", "unsupported"}),
    "merged whole.xlsx": (merged_sheet(), {"too_large"}),
    "image bomb.png": (image_bomb(), {"too_large"}),
    "mails in mails.eml": (
        b"From: a@b\nTo: c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n"
        + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (i, i + 1) for i in range(2000)),
        {"corrupt", "no_content"},
    ),
    "deep.svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 9000 + b"</g>" * 9000 + b"</svg>",
        {"too_deep"},
    ),
}

INDEXED: dict[str, tuple[bytes, str, str]] = {  # content, media type, words that have to be found
    "good.docx": (word(), "wordprocessingml", "Good words"),
    "good.pptx": (slides(), "presentationml", "Good slide"),
    "a page.pdf": (b"<html><body><p>A page of the web</p></body></html>", "text/html", "A page of the web"),
    "a document.pdf": (word(), "wordprocessingml", "Good words"),
    "words.pdf": (b"Only words in here.\n", "text/plain", "Only words in here."),
    "a pdf.docx": (pdf(), "application/pdf", "Good words on a page"),
    "script.pdf": (pdf_with_script(), "application/pdf", "Good words on a page"),
    "huge page.pdf": (pdf(size=(14_000, 14_000)), "application/pdf", ""),
    "nested tags.html": (b"<div>" * 30_000 + b"deep words", "text/html", "deep words"),
    "nested tables.html": (b"<table><tr><td>a<td>" * 3000 + b"deep words", "text/html", "deep words"),
    "spans.html": (
        b"<table>" + b"<tr><td rowspan=65534 colspan=1000>x</tr>" * 900 + b"</table><p>after",
        "text/html",
        "after",
    ),
    "spans.docx": (
        word_body(f"<w:tbl>{SPANNING_ROW * 500}</w:tbl><w:p><w:r><w:t>after</w:t></w:r></w:p>"),
        "wordprocessingml",
        "after",
    ),
    "one line.txt": (b"word " * 2_000_000, "text/plain", "word word"),
    "utf-16.txt": ("Größe und Maß".encode("utf-16"), "text/plain", "Größe und Maß"),
    "latin-1.txt": ("Größe und Maß der Dinge".encode("latin-1"), "text/plain", "Größe und Maß"),
    "mixed.txt": ("Größe\n".encode() + "Maß\n".encode("latin-1"), "text/plain", "Größe\nMaß"),
    "a\nline \"and' quotes.txt": (b"odd name", "text/plain", "odd name"),
    "n" * 251 + ".txt": (b"long name", "text/plain", "long name"),
    "\udcff\udcfe.txt": (b"name of bytes", "text/plain", "name of bytes"),
    "missing.md": (
        b"".join(b"![alt %d](img%d.png)\n\ntext %d\n\n" % (i, i, i) for i in range(5000)),
        "markdown",
        "text 4999",
    ),
    "links out.md": (
        b"words\n\n![a b](../../etc/passwd) ![c d](/etc/passwd) ![e f](http://x/y.png)",
        "markdown",
        "words",
    ),
    "script.svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><text y="50">Label</text></svg>',
        "image/svg",
        "Label",
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Extraction | Failure]:
    folder = tmp_path_factory.mktemp("corpus")
    contents = {name: content for cases in (FAILS, INDEXED) for name, (content, *_) in cases.items()}
    for name, content in contents.items():
        Path(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name))).write_bytes(content)
    corpus = Corpus(str(folder))
    listed = [(file.path, None) for file in corpus.list()]
    assert len(listed) == len(contents)
    options = ExtractionOptions(timeout_seconds=60, memory_gib=3, workers=2)
    return dict(extract_documents(corpus, listed, options))


def outcome(outcomes: dict[str, Extraction | Failure], name: str) -> Extraction | Failure:
    if name in outcomes:
        return outcomes[name]
    [(_, found)] = [item for item in outcomes.items() if item[0] not in FAILS and item[0] not in INDEXED]
    return found  # the one name that is not text is listed under an escaped one


@pytest.mark.parametrize("name", FAILS)
def test_fails_with_a_reason(outcomes: dict[str, Extraction | Failure], name: str):
    failure = outcomes[name]
    assert isinstance(failure, Failure)
    assert failure.stage == "extraction"
    assert failure.kind in FAILS[name][1], failure
    assert len(failure.message) > 10


@pytest.mark.parametrize("name", INDEXED, ids=lambda name: ascii(name)[:40])
def test_is_read_as_what_it_is(outcomes: dict[str, Extraction | Failure], name: str):
    extraction = outcome(outcomes, name)
    assert isinstance(extraction, Extraction), extraction
    _, media_type, words = INDEXED[name]
    assert media_type in extraction.media_type
    text = "\n".join([block.text for block in extraction.blocks] + [figure.words for figure in extraction.figures])
    assert words in text
    assert "root:" not in text  # of /etc/passwd


def test_what_is_no_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(ExtractionError) as failure:
            parsed(path, "x.txt")
        assert failure.value.kind == "not_a_file"


def test_gone_or_closed(tmp_path: Path):
    with pytest.raises(ExtractionError) as failure:
        parsed(tmp_path / "gone.txt")
    assert failure.value.kind == "vanished"
    if os.geteuid() != 0:
        closed = written(tmp_path, "closed.txt", "words")
        closed.chmod(0)
        with pytest.raises(ExtractionError) as failure:
            parsed(closed)
        assert failure.value.kind == "no_permission"


def test_a_file_that_changes_or_vanishes_while_it_is_read(tmp_path: Path):
    names = ("changes.txt", "breaks.pdf", "empties.txt", "vanishes.txt", "stays.txt")
    for name in names:
        written(tmp_path, name, "words")
    corpus = Corpus(str(tmp_path))

    def documents() -> Iterator[tuple[str, str | None]]:
        written(tmp_path, "changes.txt", "other")
        written(tmp_path, "breaks.pdf", "%PDF-")
        written(tmp_path, "empties.txt", "")
        (tmp_path / "vanishes.txt").unlink()
        yield from ((name, hashlib.sha256(b"words").hexdigest()) for name in names)

    found = dict(extract_documents(corpus, documents(), ExtractionOptions(workers=1)))
    kinds = {path: result.kind if isinstance(result, Failure) else "read" for path, result in found.items()}
    changed = dict.fromkeys(("changes.txt", "breaks.pdf", "empties.txt"), "changed_while_read")
    assert kinds == {**changed, "vanishes.txt": "vanished", "stays.txt": "read"}


def test_a_hang_costs_its_own_document(tmp_path: Path):
    written(tmp_path, "slow.md", "word [a](b) *x* " * 600_000)
    written(tmp_path, "quick.md", "words")
    corpus = Corpus(str(tmp_path))
    options = ExtractionOptions(workers=1, timeout_seconds=3)
    found = dict(extract_documents(corpus, [("slow.md", None), ("quick.md", None)], options))
    assert isinstance(found["quick.md"], Extraction)
    slow = found["slow.md"]
    assert isinstance(slow, Failure)
    assert (slow.kind, slow.message) == ("timeout", "took longer than 3 s")
    assert threading.active_count() < 10


def test_a_sheet_with_a_style_that_is_not_there_keeps_its_cells(tmp_path: Path):
    found = parsed(written(tmp_path, "style that is not there.xlsx", sheet_without_its_style()))
    assert found.tables or found.blocks
    assert [warning.kind for warning in found.warnings] == ["part_lost"]
