"""Whole files built to do harm in ways that chance seldom finds: nesting, halves of pairs, megabytes that a row would
repeat."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from urllib.parse import quote

from tests.hostile.honest_files import honest_files, zipped
from tests.hostile.mutations import large, strange_text

Craft = Callable[[random.Random], tuple[str, bytes]]

_HALVES = (0xD800, 0xD83D, 0xDBFF, 0xDC00, 0xDFFF)


def _deep(chance: random.Random) -> int:
    return chance.choice((40, 400, 5000, 20_000))


# -- what is repeated into every row -----------------------------------------------------------------------------------


def huge_heading(chance: random.Random) -> tuple[str, bytes]:
    words = "word " * (large(chance) // 5)
    text = f"# {words}\n\n" + "".join(f"Paragraph {number} below it.\n\n" for number in range(chance.choice((3, 300))))
    return "heading.md", text.encode()


def huge_title(chance: random.Random) -> tuple[str, bytes]:
    paragraphs = "".join(f"<p>Paragraph {number}.</p>" for number in range(chance.choice((3, 300))))
    return "title.html", f"<html><title>{'t' * large(chance)}</title><body>{paragraphs}</body></html>".encode()


def huge_caption(chance: random.Random) -> tuple[str, bytes]:
    rows = "".join(f"<tr><td>{number}<td>x" for number in range(chance.choice((3, 500))))
    table = f"<table><caption>{'c ' * (large(chance) // 2)}</caption><tr><th>A<th>B{rows}</table>"
    return "caption.html", f"<html><body><p>A table.</p>{table}</body></html>".encode()


def huge_column_name(chance: random.Random) -> tuple[str, bytes]:
    rows = "".join(f"{number},x\n" for number in range(chance.choice((3, 1000))))
    return "columns.csv", f"{'n' * large(chance)},B\n{rows}".encode()


def many_columns(chance: random.Random) -> tuple[str, bytes]:
    names = ",".join(f"column{number}" for number in range(5000))
    return "wide.csv", (f"{names}\n" + f"{'1,' * 4999}1\n" * chance.randint(1, 8)).encode()


def huge_subject(chance: random.Random) -> tuple[str, bytes]:
    return (
        "subject.eml",
        b"From: a@b.example\r\nSubject: " + b"s" * large(chance) + b"\r\nMIME-Version: 1.0\r\n\r\nBody.\r\n",
    )


def one_long_word(chance: random.Random) -> tuple[str, bytes]:
    return "word.txt", chance.choice(("x", "\U0001d44e", "a\u0301", "\u0e01")).encode() * large(chance)


# -- nesting -----------------------------------------------------------------------------------------------------------


def deep_markdown(chance: random.Random) -> tuple[str, bytes]:
    depth = min(_deep(chance), 5000)
    shapes = (
        "> " * min(depth, 1000) + "quoted",
        "\n".join(" " * (2 * level) + "- item" for level in range(min(depth, 400))),
        "[" * depth + "a" + "](b)" * depth,
        "*" * depth + "a" + "*" * depth,
        "![" * depth,
        "`" * depth + "\n" + "<div>" * depth,
    )
    return "deep.md", f"# Deep\n\n{chance.choice(shapes)}\n\nThe end.\n".encode()


def deep_html(chance: random.Random) -> tuple[str, bytes]:
    opened = chance.choice(("<div>", "<ul><li>", "<table><tr><td>", "<blockquote>", "<b>", "<svg><g>", "<math><mrow>"))
    return "deep.html", f"<html><body><h1>Deep</h1>{opened * _deep(chance)}text</body></html>".encode()


def deep_data(chance: random.Random) -> tuple[str, bytes]:
    depth = _deep(chance)
    name, text = chance.choice(
        (
            ("deep.json", "[" * depth + "1" + "]" * depth),
            ("deep.json", '{"a":' * depth + "1" + "}" * depth),
            ("deep.yaml", "a: " + "[" * min(depth, 5000) + "]" * min(depth, 5000)),
            ("deep.xml", '<?xml version="1.0"?>' + "<a>" * depth + "text" + "</a>" * depth),
            ("deep.rtf", "{\\rtf1 " + "{" * depth + "text" + "}" * depth + "}"),
            ("deep.rst", "\n".join(" " * level + "* item\n" for level in range(min(depth, 400)))),
            ("deep.svg", '<svg xmlns="http://www.w3.org/2000/svg">' + "<g>" * depth + "</g>" * depth + "</svg>"),
            ("deep.toml", "a" + ".a" * min(depth, 5000) + " = 1"),
        )
    )
    return name, text.encode()


def anchor_bomb(chance: random.Random) -> tuple[str, bytes]:
    lines = ['a0: &a0 ["lol", "lol"]'] + [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, chance.choice((4, 12)))
    ]
    front = "\n".join(lines)
    if chance.random() < 0.5:
        return "anchors.md", f"---\n{front}\n---\n\n# Anchors\n\nText.\n".encode()
    return "anchors.yaml", front.encode()


def mails_in_mails(chance: random.Random) -> tuple[str, bytes]:
    mail = b"From: a@b.example\r\nSubject: inner\r\nMIME-Version: 1.0\r\n\r\nThe innermost.\r\n"
    for _ in range(chance.choice((5, 60, 300))):
        mail = (
            b"From: a@b.example\r\nSubject: outer\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n"
            b'Content-Disposition: attachment; filename="inner.eml"\r\n\r\n' + mail
        )
    return "nested.eml", mail


def quoted_mail(chance: random.Random) -> tuple[str, bytes]:
    lines = "\r\n".join(">" * level + " quoted" for level in range(min(_deep(chance), 600)))
    return "quoted.eml", f"From: a@b.example\r\nSubject: q\r\nMIME-Version: 1.0\r\n\r\n{lines}\r\n".encode()


def zips_in_zips(chance: random.Random) -> tuple[str, bytes]:
    data = zipped({"word/document.xml": "<a/>"})
    for _ in range(chance.choice((3, 50))):
        data = zipped({"inner.zip": data})
    return chance.choice(("inner.zip", "inner.docx")), data


def deep_word_tables(chance: random.Random) -> tuple[str, bytes]:
    depth = min(_deep(chance), 5000)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "<w:tbl><w:tr><w:tc>" * depth + "<w:p><w:r><w:t>in</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * depth
    return "deep.docx", _replaced(
        "report.docx", "word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>"
    )


# -- halves of pairs and other wrong letters ---------------------------------------------------------------------------


def pdf_with_halves(chance: random.Random) -> tuple[str, bytes]:
    """A font whose ToUnicode map gives pairs, lone halves, NULs and codes that do not exist."""
    targets = ("D83DDE00", "D800", "DC00", "0000", "D83D0041", "FFFF", "DE00D83D", "0010FFFF", "E000", "D83D" * 300)
    lines = "\n".join(f"<{code:02X}> <{chance.choice(targets)}>" for code in range(65, 91))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <FF> "
        f"endcodespacerange 26 beginbfchar\n{lines}\nendbfchar endcmap end end"
    )
    page = "BT /F1 12 Tf 72 700 Td (PUMP NEEDS A SEAL AND A RING) Tj ET"
    title = chance.choice(("D83D", "D83DDE00", "DC00D800", "0000"))
    return "letters.pdf", pdf_of(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
        f"<< /Title <FEFF{title}> >>",
    )


def pdf_of(*objects: str) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue, the last its information."""
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer << /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def escaped_halves(chance: random.Random) -> tuple[str, bytes]:
    half = chance.choice(_HALVES)
    forms = (
        ("half.json", f'{{"key \\u{half:04x}": "value \\u{half:04x} end", "pump": 24}}'),
        ("half.yaml", f'title: "\\u{half:04X}"\nnote: "a \\u{half:04X} b"\n'),
        ("half.md", f'---\ntitle: "\\u{half:04X}"\n---\n\n# A &#x{half:X}; b\n\nText &#x{half:X}; and &#x110000;.\n'),
        ("half.html", f"<html><title>&#x{half:X};</title><body><h1>A&#{half};</h1><p>b&#x{half:x};c</body></html>"),
        ("half.html", f'<html><style>p::before{{content:"\\{half:x}"}}</style><body><p>Styled</p></body></html>'),
        ("half.rtf", f"{{\\rtf1\\ansi\\uc1 A \\u{half - 65536}? b \\u-99999? c\\par}}"),
        ("half.xml", f'<?xml version="1.0"?><a b="&#x{half:X};">text &#x{half:X};</a>'),
        ("half.toml", f'a = "\\u{half:04x}"\n'),
        ("half.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": ["# " + chr(half)]}]})),
        ("half.svg", f'<svg xmlns="http://www.w3.org/2000/svg"><text>a &#x{half:X}; b</text></svg>'),
    )  # fmt: skip
    name, text = chance.choice(forms)
    return name, text.encode()


def mail_with_strange_names(chance: random.Random) -> tuple[str, bytes]:
    names = (
        "filename*=utf-8''%ED%A0%80.csv",
        'filename="\x00a.csv"',
        "filename*0*=utf-8''%F0%9F; filename*1*=%98%80.csv",
        f"filename*=utf-8''{quote('a' * 50_000)}.csv",
        'filename="../../../outside.csv"',
        'filename="a!/b.csv"',
        'filename="=?utf-8?b?7aCA?=.csv"',
        "filename*=klingon''%FF%FE.csv",
        f"filename*=utf-8''{quote(strange_text(chance).encode('utf-8', 'surrogatepass'))}.csv",
        'filename=""',
    )
    part = f"Content-Type: text/csv\r\nContent-Disposition: attachment; {chance.choice(names)}\r\n\r\nA,B\r\n1,2\r\n"
    head = "From: a@b.example\r\nSubject: =?utf-8?b?7aCA?=\r\nMIME-Version: 1.0\r\n"
    body = f'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nText.\r\n--x\r\n{part}--x\r\n{part}--x--\r\n'
    return "names.eml", (head + body).encode("utf-8", "surrogatepass")


def sheet_with_strange_cells(chance: random.Random) -> tuple[str, bytes]:
    """Cell escapes for halves, dates out of every range, references far outside."""
    cells = (
        '<c r="A1" t="inlineStr"><is><t>_xD83D_</t></is></c>',
        '<c r="A1"><v>1e999</v></c>',
        '<c r="XFD1048576"><v>1</v></c>',
        '<c r="A1" s="99999"><v>-5</v></c>',
        '<c r="A1" t="s"><v>99999</v></c>',
        '<c r="A1" t="d"><v>99999-99-99</v></c>',
        f'<c r="A1" t="str"><v>{"n" * large(chance)}</v></c>',
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rows = f'<row r="1">{chance.choice(cells)}</row>' + "".join(
        f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in range(2, 40)
    )
    sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
    return "cells.xlsx", _replaced("sheet.xlsx", "xl/worksheets/sheet1.xml", sheet)


def many_picture_links(chance: random.Random) -> tuple[str, bytes]:
    links = ("a.png", "/a.png", "b.eml!/a.png", "../" * 30 + "a.png", "a" * 5000, "%00.png", "\ud800.png", "//[", "?")
    text = "\n\n".join(f"![p]({chance.choice(links)})" for _ in range(chance.choice((5, 2000))))
    return "links.md", f"# Links\n\nText.\n\n{text}\n".encode("utf-8", "surrogatepass")


def _replaced(honest: str, part: str, content: str) -> bytes:
    """An honest archive with one part in place of its own."""
    with zipfile.ZipFile(io.BytesIO(honest_files()[honest])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {part: content.encode()})


CRAFTS: tuple[Craft, ...] = (
    huge_heading,
    huge_title,
    huge_caption,
    huge_column_name,
    many_columns,
    huge_subject,
    one_long_word,
    deep_markdown,
    deep_html,
    deep_data,
    deep_data,
    anchor_bomb,
    mails_in_mails,
    quoted_mail,
    zips_in_zips,
    deep_word_tables,
    pdf_with_halves,
    pdf_with_halves,
    escaped_halves,
    escaped_halves,
    escaped_halves,
    mail_with_strange_names,
    mail_with_strange_names,
    sheet_with_strange_cells,
    many_picture_links,
)
