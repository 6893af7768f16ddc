"""A document as DOCX, printed by LibreOffice: tables in the looks that a word processor offers."""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from PIL import Image

from benchmarks.extraction.drawn.blocks import Document, Figure, Table, Text
from benchmarks.extraction.drawn.html import pixels_of
from benchmarks.extraction.drawn.marks import colour_of

_HEADINGS = {1: 18, 2: 14, 3: 12}  # points
TABLE_STYLES = (
    "Table Grid",
    "Light Shading Accent 1",
    "Light List Accent 1",
    "Light Grid Accent 3",
    "Medium Shading 1",
)


def print_office(document: Document, table_style: str, font: str, marked: bool = False) -> bytes:
    """The PDF, or its twin, which shows only where tables and figures lie."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.docx"
        source.write_bytes(docx_of(document, table_style, font, marked))
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return (Path(folder) / "page.pdf").read_bytes()


def docx_of(document: Document, table_style: str, font: str, marked: bool = False) -> bytes:
    written = docx.Document()
    section = written.sections[0]
    section.page_width, section.page_height = Pt(document.page[0]), Pt(document.page[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Pt(document.margin)
    normal: Any = written.styles["Normal"]
    normal.font.name, normal.font.size = font, Pt(10)
    for leaf in document.leaves():
        if isinstance(leaf, Table):
            _captioned(written, leaf, marked, lambda leaf=leaf: _table(written, leaf, table_style, marked))
        elif isinstance(leaf, Figure):
            _captioned(written, leaf, marked, lambda leaf=leaf: _figure(written, leaf, marked))
        else:
            _text(written, leaf, marked)
    file = io.BytesIO()
    written.save(file)
    return file.getvalue()


def _text(written: Any, text: Text, marked: bool) -> None:
    run = written.add_paragraph().add_run(f"{text.bullet} {text.text}" if text.bullet else text.text)
    if text.kind == "h":
        run.bold, run.font.size = True, Pt(_HEADINGS[text.level])
    if marked:
        run.font.color.rgb = RGBColor(255, 255, 255)


def _captioned(written: Any, leaf: Table | Figure, marked: bool, draw: Any) -> None:
    below = leaf.below if isinstance(leaf, Table) else leaf.place != "above"
    caption = Text(leaf.caption) if leaf.caption else None
    if caption and not below:
        _text(written, caption, marked)
    draw()
    if caption and below:
        _text(written, caption, marked)
    elif isinstance(leaf, Table):
        written.add_paragraph()


def _table(written: Any, table: Table, table_style: str, marked: bool) -> None:
    grid = table.grid()
    drawn = written.add_table(len(grid), len(grid[0]), style="Table Grid" if marked else table_style)
    for row, (cells, columns) in enumerate(zip(table.rows, table.columns(), strict=True)):
        for cell, column in zip(cells, columns, strict=True):
            place = drawn.cell(row, column)
            if cell.columns > 1 or cell.rows > 1:
                place = place.merge(drawn.cell(row + cell.rows - 1, column + cell.columns - 1))
            run = place.paragraphs[0].add_run(cell.text)
            place.paragraphs[0].paragraph_format.space_after = Pt(0)
            if table_style == "Table Grid" and row < table.head:
                run.bold = True
            if marked:
                run.font.color.rgb = RGBColor(255, 255, 255)
    if marked:
        for row, line in enumerate(drawn.rows):
            for place in line.cells:
                _fill(place, colour_of(table.number, row + 1))


def _fill(cell: Any, colour: tuple[int, int, int]) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), "{:02X}{:02X}{:02X}".format(*colour))
    cell._tc.get_or_add_tcPr().append(shade)


def _figure(written: Any, figure: Figure, marked: bool) -> None:
    if marked:
        file = io.BytesIO()
        size = (round(figure.width * 2), round(figure.height * 2))
        Image.new("RGB", size, colour_of(figure.number, 0)).save(file, "PNG")
    else:
        file = io.BytesIO(pixels_of(figure))
    file.seek(0)
    written.add_picture(file, width=Pt(figure.width), height=Pt(figure.height))
