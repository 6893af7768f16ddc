"""Archives and what Office writes into them: bombs, also in mails, entries over one another, cells without end."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.hostile.honest_files import honest_files, zipped

BOMB_MIB = 200  # of one letter, which packed is a thousandth of it
_MIB = 1 << 20
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
)
_LAST = 11
_ENTITIES = "".join(
    f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" if level else "<!ENTITY l0 'lol'>" for level in range(_LAST + 1)
)
LAUGHS = f"<!DOCTYPE a [{_ENTITIES}]>"  # entities of entities
LAUGH = f"&l{_LAST};"  # the last of them: a hundred billion times lol


_MERGED = '<mergeCell ref="A1:XFD1048576"/>'


def bomb() -> bytes:
    """A ZIP archive whose one entry is huge, written without holding it."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/document.xml", "w") as entry,
    ):
        for _ in range(BOMB_MIB):
            entry.write(b"a" * _MIB)
    return buffer.getvalue()


def mail(*parts: tuple[str, bytes]) -> bytes:
    """A mail with attachments: (name, content)."""
    head = b"From: a@b.example\r\nSubject: Attached\r\nMIME-Version: 1.0\r\n"
    body = b"".join(
        f'--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        for name, content in parts
    )
    return head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nText.\r\n' + body + b"--x--\r\n"


def overlapping() -> bytes:
    """A directory of 20,000 entries that are all the same packed megabyte."""
    content = b"a" * _MIB
    packed = zlib.compress(content, 9)[2:-4]
    sizes = b"".join(number.to_bytes(4, "little") for number in (zlib.crc32(content), len(packed), len(content)))
    local = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\x21\x28" + sizes + b"\x05\0\0\0a.xml" + packed
    entry = b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\x21\x28" + sizes + b"\x09\0" + b"\0" * 16
    directory = b"".join(entry + b"%05d.xml" % number for number in range(20_000))
    places = len(directory).to_bytes(4, "little") + len(local).to_bytes(4, "little")
    return local + directory + b"PK\x05\x06\0\0\0\0" + (20_000).to_bytes(2, "little") * 2 + places + b"\0\0"


def _with(honest: str, changed: Mapping[str, str]) -> bytes:
    """The honest archive of this name with other parts."""
    with zipfile.ZipFile(io.BytesIO(honest_files()[honest])) as archive:
        parts: dict[str, str | bytes] = {each: archive.read(each) for each in archive.namelist()}
    return zipped({**parts, **changed})


def _word(body: str, before: str = "") -> bytes:
    document = f'<?xml version="1.0"?>{before}<w:document {_WORD}><w:body>{body}</w:body></w:document>'
    return _with("report.docx", {"word/document.xml": document})


def _text(body: str, before: str = "") -> bytes:
    inner = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f'<?xml version="1.0"?>{before}<office:document-content {_ODF}>{inner}</office:document-content>'
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def _sheet(rows: str, more: str = "", strings: str | None = None) -> bytes:
    sheet = f"<worksheet {_SHEET}><sheetData>{rows}</sheetData>{more}</worksheet>"
    shared = {} if strings is None else {"xl/sharedStrings.xml": f"<sst {_SHEET}><si><t>{strings}</t></si></sst>"}
    return _with("sheet.xlsx", {"xl/worksheets/sheet1.xml": sheet, **shared})


def cells_that_repeat() -> bytes:
    """One cell that says that it stands for a billion, and a blank for two."""
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    return _text(f'<table:table>{row}</table:table><text:p>a<text:s text:c="2000000000"/>b</text:p>')


def spanning_cells() -> bytes:
    cell = "<w:tc><w:tcPr><w:gridSpan w:val='2000000000'/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc>"
    return _word(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>" * 3)


def styles_on_themselves() -> bytes:
    """A is based on A, B on C, and C on B."""
    style = "<w:style w:type='paragraph' w:styleId='{}'><w:name w:val='heading 1'/><w:basedOn w:val='{}'/></w:style>"
    styles = "".join(style.format(name, base) for name, base in ("AA", "BC", "CB"))
    return _with("report.docx", {"word/styles.xml": f"<w:styles {_WORD}>{styles}</w:styles>"})


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "bomb.docx": bomb,
    "bomb-in-mails.eml": lambda: mail(("inner.eml", mail(("bomb.docx", bomb())))),
    "bomb.svgz": lambda: gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'>" + b" " * BOMB_MIB * _MIB, 1),
    "overlap.xlsx": overlapping,
    "laughs.docx": lambda: _word(f"<w:p><w:r><w:t>{LAUGH}</w:t></w:r></w:p>", LAUGHS),
    "laughs.odt": lambda: _text(f"<text:p>{LAUGH}</text:p>", LAUGHS),
    "repeated.odt": cells_that_repeat,
    "spans.docx": spanning_cells,
    "styles-loop.docx": styles_on_themselves,
    "paragraphs.docx": lambda: _word("<w:p/>" * 300_000),
    "tall.xlsx": lambda: _sheet(
        "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 20_000))
    ),
    "far.xlsx": lambda: _sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "merged.xlsx": lambda: _sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row>', f"<mergeCells>{_MERGED * 500}</mergeCells>"
    ),
    "strings.xlsx": lambda: _sheet(
        "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 1001)), strings="s" * _MIB
    ),
    "wide.xlsx": lambda: _sheet(f"<row>{'<c><v>2</v></c>' * 100_000}</row>" * 2),
}
