"""Documents that an attacker would write: bombs, loops, lies about lengths and counts, in text, markup, mail, archives."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable

from tests.hostile.crafted_files import pdf_of
from tests.hostile.honest_files import honest_files, zipped

_BOMB_BYTES = 300 << 20  # of one letter: packed they are 300 kB
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)
_LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'lol'>{}]>".format(
    "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 12))
)


def _replaced(name: str, part: str, content: str | bytes) -> bytes:
    """The honest archive of this name with one part in place of its own."""
    with zipfile.ZipFile(io.BytesIO(honest_files()[name])) as archive:
        parts: dict[str, str | bytes] = {each: archive.read(each) for each in archive.namelist()}
    return zipped(parts | {part: content})


def _zeros(size: int = _BOMB_BYTES) -> bytes:
    """A ZIP archive whose one entry unpacks to `size` letters, written without holding them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as entry:
        for _ in range(size >> 20):
            entry.write(b"a" * (1 << 20))
    return buffer.getvalue()


def _mail(*parts: tuple[str, bytes], subject: str = "bomb") -> bytes:
    """A mail with attachments: (name, content)."""
    head = f"From: a@b.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n".encode()
    body = b"".join(
        f'--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        for name, content in parts
    )
    return head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nText.\r\n' + body + b"--x--\r\n"


def _mime_in_mime(depth: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )
    return b"From: a@b.example\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + opened + b"\r\nText.\r\n"


def _overlapping_zip() -> bytes:
    """A directory of 20,000 entries that all name the same packed megabyte."""
    packed = zlib.compress(b"a" * (1 << 20), 9)[2:-4]
    check = zlib.crc32(b"a" * (1 << 20)).to_bytes(4, "little")
    sizes = check + len(packed).to_bytes(4, "little") + (1 << 20).to_bytes(4, "little")
    local = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\x21\x28" + sizes + b"\x05\0\0\0a.xml" + packed
    entries = 20_000
    central = b"".join(
        b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\x21\x28"
        + sizes
        + b"\x09\0"
        + b"\0" * 12
        + b"\0\0\0\0"
        + b"%05d.xml" % each
        for each in range(entries)
    )
    end = b"PK\x05\x06\0\0\0\0" + entries.to_bytes(2, "little") * 2 + len(central).to_bytes(4, "little")
    return local + central + end + len(local).to_bytes(4, "little") + b"\0\0"


def _pdf(*objects: str) -> bytes:
    return pdf_of("<< /Type /Catalog /Pages 2 0 R >>", *objects, "<< /Title (Attack) >>")


def _pdf_stream(dictionary: str, data: bytes) -> bytes:
    """A PDF whose one page has this content stream."""
    page = (
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 "
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>\nendobj\n"
    )
    stream = f"4 0 obj\n<< /Length {len(data)} {dictionary} >>\nstream\n".encode() + data + b"\nendstream\nendobj\n"
    return b"%PDF-1.4\n" + page + stream + b"trailer << /Size 5 /Root 1 0 R >>\n%%EOF\n"


def _pdf_pages_loop() -> bytes:
    return _pdf(
        "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>", "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 9 >>"
    )


def _pdf_launch() -> bytes:
    return pdf_of(
        "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (touch) /P (launched) >> /AA << /WC "
        "<< /S /JavaScript /JS (app.launchURL\\('http://a.example'\\)) >> >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>",
        "<< /Title (Launch) >>",
    )


def _pdf_form_loop() -> bytes:
    """A form that draws itself, ten times."""
    draw = "/X Do " * 10
    return _pdf(
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /XObject << /X 4 0 R >> >> >>",
        "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >> "
        f"/Length {len(draw)} >>\nstream\n{draw}\nendstream",
        f"<< /Length {len(draw)} >>\nstream\n{draw}\nendstream",
    )


def _pdf_outline_loop() -> bytes:
    return pdf_of(
        "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>",
        "<< /First 5 0 R /Last 5 0 R /Count 9 >>",
        "<< /Title (Round) /Parent 4 0 R /Next 5 0 R /First 5 0 R /Last 5 0 R /Dest [3 0 R /Fit] >>",
        "<< /Title (Loop) >>",
    )


def _pdf_xref_loop() -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer << /Size 2 /Root 1 0 R /Prev 45 >>\nstartxref\n45\n%%EOF\n"


def _pdf_objects(count: int) -> bytes:
    return _pdf(
        f"<< /Type /Pages /Kids [{' '.join(f'{number} 0 R' for number in range(3, count))}] /Count {count} >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e9 1e9] >>"] * (count - 3),
    )


def _pdf_font() -> bytes:
    """A TrueType font whose tables lie outside it and say that they are four gigabytes long."""
    font = b"\0\1\0\0\0\x04\0\x40\0\2\0\0" + b"".join(
        name + b"\0\0\0\0" + b"\xff\xff\xff\xf0" + b"\xff\xff\xff\xff" for name in (b"cmap", b"glyf", b"loca", b"maxp")
    )
    return _pdf(
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Length 34 >>\nstream\nBT /F1 12 Tf 72 700 Td (Font) Tj ET\nendstream",
        "<< /Type /Font /Subtype /TrueType /BaseFont /A /FirstChar 0 /LastChar 99999999 /Widths [1] /FontDescriptor 6 0 R >>",
        "<< /Type /FontDescriptor /FontName /A /Flags 4 /FontFile2 7 0 R >>",
        f"<< /Length {len(font)} /Length1 {len(font)} >>\nstream\n{font.decode('latin-1')}\nendstream",
    )


def _odt(content: str) -> bytes:
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def _repeated_cells() -> bytes:
    """A table of one cell that says that it stands for a billion."""
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    return _odt(
        f'<?xml version="1.0"?><office:document-content {_ODF}><office:body><office:text><table:table>{row}'
        f'</table:table><text:p>a<text:s text:c="2000000000"/>b</text:p></office:text></office:body></office:document-content>'
    )


def _tall_sheet(rows: int) -> bytes:
    cells = "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, rows + 1))
    sheet = f"<worksheet {_SHEET}><sheetData>{cells}</sheetData></worksheet>"
    return _replaced("sheet.xlsx", "xl/worksheets/sheet1.xml", sheet)


def _merged_sheet() -> bytes:
    merged = '<mergeCell ref="A1:XFD1048576"/>' * 500
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    sheet = f'<worksheet {_SHEET}><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>'
    return _replaced("sheet.xlsx", "xl/worksheets/sheet1.xml", sheet)


def _shared_strings() -> bytes:
    """Every cell shows the same megabyte."""
    strings = f'<sst {_SHEET} count="1" uniqueCount="1"><si><t>{"s" * 1_000_000}</t></si></sst>'
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 1001))
    with zipfile.ZipFile(io.BytesIO(_replaced("sheet.xlsx", "xl/sharedStrings.xml", strings))) as archive:
        parts: dict[str, str | bytes] = {each: archive.read(each) for each in archive.namelist()}
    return zipped(
        parts | {"xl/worksheets/sheet1.xml": f"<worksheet {_SHEET}><sheetData>{rows}</sheetData></worksheet>"}
    )


def _word_with(body: str, before: str = "") -> bytes:
    document = f'<?xml version="1.0"?>{before}<w:document {_WORD}><w:body>{body}</w:body></w:document>'
    return _replaced("report.docx", "word/document.xml", document)


def _spanned_table() -> bytes:
    cell = "<w:tc><w:tcPr><w:gridSpan w:val='2000000000'/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc>"
    return _word_with(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>" * 3)


def _based_on_itself() -> bytes:
    style = "<w:style w:type='paragraph' w:styleId='A'><w:name w:val='heading 1'/><w:basedOn w:val='{}'/></w:style>"
    return _replaced(
        "report.docx",
        "word/styles.xml",
        f"<w:styles {_WORD}>{style.format('A')}{style.format('B').replace(chr(39) + 'A', chr(39) + 'B', 1)}</w:styles>",
    )


def _notebook() -> bytes:
    output = {"output_type": "display_data", "data": {"image/png": "A" * 2_000_000, "text/html": "<td>" * 50_000}}
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": "x", "outputs": [output] * 5}] * 3, "nbformat": 4}
    ).encode()


def _table_spans() -> bytes:
    cells = '<td rowspan="65534" colspan="1000">x</td>' * 50
    return f"<html><body><p>Spans</p><table>{f'<tr>{cells}</tr>' * 50}</table></body></html>".encode()


ATTACKS: dict[str, Callable[[], bytes]] = {
    "bomb.docx": _zeros,
    "bomb-in-mail.eml": lambda: _mail(("inner.eml", _mail(("bomb.docx", _zeros())))),
    "overlap.xlsx": _overlapping_zip,
    "launch.pdf": _pdf_launch,
    "pages-loop.pdf": _pdf_pages_loop,
    "form-loop.pdf": _pdf_form_loop,
    "outline-loop.pdf": _pdf_outline_loop,
    "xref-loop.pdf": _pdf_xref_loop,
    "objects.pdf": lambda: _pdf_objects(20_000),
    "font.pdf": _pdf_font,
    "stream-bomb.pdf": lambda: _pdf_stream("/Filter [/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(b"BT /F1 9 Tf (a) Tj ET " * 10_000_000, 9), 9)),
    "operators.pdf": lambda: _pdf_stream("/Filter /FlateDecode", zlib.compress(b"BT /F1 9 Tf 9 9 Td (pump) Tj ET\n" * 200_000)),
    "lines.pdf": lambda: _pdf_stream("/Filter /FlateDecode", zlib.compress(b"0 0 m 9 9 l S 10 10 500 1 re f\n" * 200_000)),
    "divs.html": lambda: b"<div>" * 100_000 + b"text",
    "spans.html": _table_spans,
    "attributes.html": lambda: b"<p " + b"".join(b"a%d=b " % number for number in range(200_000)) + b">text</p>",
    "selectors.html": lambda: b"<style>" + b"a b " * 100_000 + b"{}</style><p>" + b"<i>x</i>" * 20_000,
    "laughs.svg": lambda: f"<?xml version='1.0'?>{_LAUGHS}<svg xmlns='http://www.w3.org/2000/svg'><text>&l11;</text></svg>".encode(),
    "uses.svg": lambda: (
        "<svg xmlns='http://www.w3.org/2000/svg' width='100000000' height='100000000'><g id='g0'><rect width='9' height='9'/></g>"
        + "".join(f"<g id='g{level}'>{'<use href=' + chr(34) + f'#g{level - 1}' + chr(34) + '/>' * 1}{'<use href=' + chr(34) + f'#g{level - 1}' + chr(34) + '/>'}</g>" for level in range(1, 40))
        + "<use href='#g39'/></svg>"
    ).encode(),
    "bomb.svgz": lambda: gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'>" + b" " * _BOMB_BYTES + b"</svg>"),
    "laughs.docx": lambda: _word_with("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", _LAUGHS),
    "laughs.odt": lambda: _odt(f"<?xml version='1.0'?>{_LAUGHS}<office:document-content {_ODF}><office:body><office:text><text:p>&l11;</text:p></office:text></office:body></office:document-content>"),
    "repeated.odt": _repeated_cells,
    "span.docx": _spanned_table,
    "styles-loop.docx": _based_on_itself,
    "tall.xlsx": lambda: _tall_sheet(1 << 20),
    "merged.xlsx": _merged_sheet,
    "strings.xlsx": _shared_strings,
    "deep.json": lambda: b"[" * 100_000 + b"]" * 100_000,
    "numbers.json": lambda: b'{"a": ' + b"9" * 2_000_000 + b"}",
    "keys.json": lambda: json.dumps({f"key {number}": number for number in range(200_000)}).encode(),
    "bin.rtf": lambda: b"{\\rtf1\\ansi text \\bin2147483647 abc{\\pict\\pngblip\\picw999999999 00}\\par}",
    "controls.rtf": lambda: b"{\\rtf1 " + b"\\u-1\\'ff" * 500_000 + b"}",
    "attachments.eml": lambda: _mail(*((f"{number}.txt", b"x") for number in range(10_000))),
    "mime.eml": lambda: _mime_in_mime(500),
    "references.eml": lambda: b"From: a@b.example\r\nSubject: =?utf-8?q?" + b"=41" * 300_000 + b"?=\r\nReferences: " + b"<a@b> " * 200_000 + b"\r\n\r\nText\r\n",
    "outputs.ipynb": _notebook,
    "regex.md": lambda: b"# Regex\n\n" + b"a_" * 100_000 + b"\n\n" + b"[" * 50_000 + b"\n\n" + b"|a" * 50_000 + b"\n|" + b"-|" * 50_000 + b"\n",
    "references.md": lambda: b"".join(b"[a%d]: b\n" % number for number in range(50_000)) + b"\n" + b"[a1]" * 50_000,
    "merge-keys.yaml": lambda: b"a: &a {x: 1}\n" + b"".join(b"k%d: {<<: [%s]}\n" % (number, b"*a," * 200) for number in range(500)),
    "dates.toml": lambda: b"a = 9999-99-99T99:99:99Z\nb = " + b"[" * 3000 + b"]" * 3000 + b"\n",
    "include.rst": lambda: b"Title\n=====\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n|a|\n\n.. |a| replace:: |b|\n.. |b| replace:: |a|\n" + b"*" * 50_000,
    "quoted.csv": lambda: b'"' + b"a,b\n" * 500_000,
    "wide.csv": lambda: b",".join(b"c%d" % number for number in range(100_000)) + b"\n" + (b"1," * 99_999 + b"1\n") * 5,
    "wide.xlsx": lambda: _replaced("sheet.xlsx", "xl/worksheets/sheet1.xml", f"<worksheet {_SHEET}><sheetData>{''.join(f'<row>{chr(60)}c><v>1</v></c>' + '<c><v>2</v></c>' * 99_999 + '</row>' for _ in range(3))}</sheetData></worksheet>"),
}  # fmt: skip
"""Name of the file -> its bytes."""
