"""A document as HTML, printed by WeasyPrint or Chromium or shown on Chromium's screen."""

from __future__ import annotations

import base64
import subprocess
import tempfile
from html import escape
from pathlib import Path

import resvg_py

from benchmarks.extraction.drawn.blocks import Cell, Document, Figure, Group, Part, Table, Text
from benchmarks.extraction.drawn.marks import colour_of

_BASE = """
* { box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
body { margin: 0; }
p { margin: 0 0 .7em; } h1, h2, h3 { margin: 1em 0 .5em; break-after: avoid; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: 3px 6px; }
td.number, th.number { text-align: right; }
tr { break-inside: avoid; }
.captioned { margin: 0 0 1em; } .caption { font-size: .92em; margin: .4em 0; break-before: avoid; }
.figure { break-inside: avoid; margin: 0 0 1em; } .picture { line-height: 0; }
.picture img { width: 100%; height: 100%; }
.beside { display: flex; gap: 12px; align-items: center; } .beside .caption { flex: 1; }
pre { margin: 0 0 1em; white-space: pre; } pre div { min-height: 1.2em; }
.li { margin: 0 0 .3em; padding-left: 1.4em; text-indent: -1.2em; }
"""
_MARKED = """
* { color: transparent !important; background: transparent !important; border-color: transparent !important;
  box-shadow: none !important; text-decoration: none !important; text-shadow: none !important; }
*::before, *::after { visibility: hidden !important; } img, svg { visibility: hidden !important; }
"""


def html_of(document: Document, marked: bool = False) -> str:
    """The whole page; `marked`: nothing but every table's rows and every figure, each filled with its own colour."""
    width, height = document.page
    css = f"@page {{ size: {width}pt {height}pt; margin: {document.margin}pt; background: {document.dark or 'white'} }}"
    css += _BASE + document.css
    if document.dark:
        css += f"html {{ background: {document.dark} }}"
    if marked:
        css += _MARKED + "@page { background: white }" + "".join(map(_mark_css, document.marked()))
    direction = ' dir="rtl"' if document.language in ("ar", "he") else ""
    body = "".join(map(_part, document.parts))
    return (
        f'<!DOCTYPE html><html lang="{document.language}"{direction}><head><meta charset="utf-8"><style>{css}</style>'
        f"</head><body>{body}</body></html>"
    )


def _mark_css(leaf: Table | Figure) -> str:
    css = f'[data-mark="{leaf.number}"] {{ background: {_rgb(leaf.number, 0)} !important }}'
    if isinstance(leaf, Table):
        for row in range(len(leaf.rows)):
            fill = _rgb(leaf.number, row + 1)
            css += f'[data-mark="{leaf.number}"] tr[data-row="{row}"] {{ background: {fill} !important }}'
    return css


def _rgb(number: int, row: int) -> str:
    return "rgb({}, {}, {})".format(*colour_of(number, row))


def _part(part: Part) -> str:
    if isinstance(part, Group):
        inside = "".join(map(_part, part.parts))
        return f'<{part.tag} class="{part.look}" style="{part.style}">{inside}</{part.tag}>'
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Figure):
        return _figure(part)
    return _text(part)


def _text(part: Text) -> str:
    tags = {"h": f"h{part.level or 1}", "p": "p", "span": "span"}
    tag = tags.get(part.kind, "div")
    text = part.markup or escape(part.text)
    if part.bullet:
        text = f"{escape(part.bullet)} {text}"
    return f'<{tag} class="{part.kind}" style="{part.style}">{text}</{tag}>'


def _table(table: Table) -> str:
    numeric = table.numeric_columns()
    rows = []
    for number, (cells, columns) in enumerate(zip(table.rows, table.columns(), strict=True)):
        drawn = (
            _cell(cell, number < table.head, column in numeric) for cell, column in zip(cells, columns, strict=True)
        )
        rows.append(f'<tr data-row="{number}">{"".join(drawn)}</tr>')
    head, body = "".join(rows[: table.head]), "".join(rows[table.head :])
    display = "" if table.repeats else ' style="display: table-row-group"'
    grid = f'<table class="{table.look}" style="{table.style}" data-mark="{table.number}">'
    grid += (f"<thead{display}>{head}</thead>" if head else "") + f"<tbody>{body}</tbody></table>"
    caption = f'<div class="caption">{escape(table.caption)}</div>' if table.caption else ""
    return f'<div class="captioned">{grid + caption if table.below else caption + grid}</div>'


def _cell(cell: Cell, head: bool, number: bool) -> str:
    spans = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    tag = "th" if head else "td"
    text = escape(cell.text).replace("\n", "<br>")
    return f'<{tag}{spans} class="{"number" if number else ""}" style="{cell.style}">{text}</{tag}>'


def _figure(figure: Figure) -> str:
    picture = f'<img src="{_data_uri(figure)}">'
    size = f"width: {figure.width}pt; height: {figure.height}pt"
    box = f'<div class="picture" data-mark="{figure.number}" style="{size}">{picture}</div>'
    caption = f'<div class="caption">{escape(figure.caption)}</div>' if figure.caption else ""
    parts = caption + box if figure.place == "above" else box + caption
    return f'<div class="figure {"beside" if figure.place == "beside" else ""}" style="{figure.style}">{parts}</div>'


def _data_uri(figure: Figure) -> str:
    if figure.pixels:
        return "data:image/png;base64," + base64.b64encode(pixels_of(figure)).decode()
    return "data:image/svg+xml;base64," + base64.b64encode(figure.picture.encode()).decode()


def pixels_of(figure: Figure) -> bytes:
    """The figure as PNG at 200 dpi."""
    return bytes(resvg_py.svg_to_bytes(svg_string=figure.picture, zoom=3))


def print_weasyprint(html: str) -> bytes:
    import weasyprint

    return weasyprint.HTML(string=html).write_pdf() or b""


def print_chromium(html: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _chromium(folder, html, f"--print-to-pdf={folder}/page.pdf", "--no-pdf-header-footer")
        return (Path(folder) / "page.pdf").read_bytes()


def screenshot(html: str, width: int, height: int, scale: float) -> bytes:
    """A PNG of the window, `width` by `height` CSS pixels, each `scale` pixels wide."""
    with tempfile.TemporaryDirectory() as folder:
        size = f"--window-size={width},{height}"
        shot = f"--screenshot={folder}/page.png"
        _chromium(folder, html, shot, size, f"--force-device-scale-factor={scale}", "--hide-scrollbars")
        return (Path(folder) / "page.png").read_bytes()


def _chromium(folder: str, html: str, *options: str) -> None:
    page = Path(folder) / "page.html"
    page.write_text(html, "utf-8")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
    command = ["chromium", *quiet, f"--user-data-dir={folder}/profile", *options, page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
