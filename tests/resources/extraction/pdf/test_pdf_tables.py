"""Tables of PDFs: which zones are one, which are running text, and how their heads, rows and spans are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.pdf import parse_pdf
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.pdf.pdf_documents import HEIGHT, canvas

Alignment = Literal[0, 4]  # left, justified

ROWS = [["Otter", "112", "3.5 %"], ["Heron", "87", "12.0 %"], ["Beaver", "1 406", "0.4 %"], ["Lapwing", "9", "71.1 %"]]
PROSE = (
    "The keeper walks along the river every morning and writes down what has moved since the day before, "
    "because nobody else will do it when the water is high and the paths are closed. "
)


def read(tmp_path: Path, draw: Callable[[Canvas], None]) -> Extraction:
    path = tmp_path / "page.pdf"
    page = canvas(path)
    draw(page)
    page.save()
    return parse_pdf(path, path.name, ExtractionOptions())


def write(page: Canvas, x: float, top: float, text: str, bold: bool = False, size: float = 9) -> None:
    page.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    page.drawString(x, HEIGHT - top, text)


def rule(page: Canvas, top: float, x0: float, x1: float) -> None:
    page.line(x0, HEIGHT - top, x1, HEIGHT - top)


def rows(page: Canvas, top: float, at: Sequence[float], table: Sequence[Sequence[str]], pitch: float = 14) -> float:
    for number, row in enumerate(table):
        for x, text in zip(at, row, strict=True):
            write(page, x, top + number * pitch, text)
    return top + len(table) * pitch


def prose(
    page: Canvas, x: float, top: float, width: float, times: int, size: float = 9, alignment: Alignment = 0
) -> None:
    style = ParagraphStyle("p", fontName="Helvetica", fontSize=size, leading=1.3 * size, alignment=alignment)
    drawn = Paragraph(PROSE * times, style)
    _, height = drawn.wrap(width, HEIGHT)
    drawn.drawOn(page, x, HEIGHT - top - height)


@pytest.mark.parametrize("alignment", [0, 4], ids=["ragged", "justified"])
@pytest.mark.parametrize("columns", [2, 3, 4])
def test_narrow_columns_of_prose_are_no_table(tmp_path: Path, columns: int, alignment: Alignment) -> None:
    width = (495 - 14 * (columns - 1)) / columns

    def draw(page: Canvas) -> None:
        for column in range(columns):
            prose(page, 50 + column * (width + 14), 80, width, 2, alignment=alignment)

    extraction = read(tmp_path, draw)
    assert extraction.tables == []
    text = " ".join(block.text for block in extraction.blocks)
    assert text.count(PROSE.strip()) == 2 * columns


def test_heads_over_columns_and_three_rules(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        write(page, 60, 112, "Animal")
        write(page, 212, 100, "Sightings")
        write(page, 372, 100, "Young")
        for x, text in zip((190, 250, 350, 410), ("north", "south", "north", "south"), strict=True):
            write(page, x, 114, text)
        rule(page, 88, 55, 450)
        rule(page, 103, 188, 275)
        rule(page, 103, 348, 435)
        rule(page, 119, 55, 450)
        end = rows(page, 131, (60, 190, 250, 350, 410), [[*row[:1], "12", "7", "30", "41"] for row in ROWS])
        rule(page, end - 8, 55, 450)

    (table,) = read(tmp_path, draw).tables
    assert table.cells[:2] == [["Animal", "Sightings", None, "Young", None], [None, "north", "south", "north", "south"]]
    assert table.cells[2] == ["Otter", "12", "7", "30", "41"]
    assert len(table.cells) == 6


def test_labels_in_the_middle_of_rows_of_several_lines(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        rule(page, 88, 55, 520)
        rows(page, 100, (60, 160, 220), [["Setting", "Default", "Meaning"]])
        rule(page, 106, 55, 520)
        for number in range(3):
            prose(page, 220, 112 + number * 44, 290, 1)
            write(page, 60, 135 + number * 44, f"river_{number}")
            write(page, 160, 135 + number * 44, str(17 * number + 3))
        rule(page, 242, 55, 520)

    (table,) = read(tmp_path, draw).tables
    assert [row[:2] for row in table.cells] == [
        ["Setting", "Default"],
        *[[f"river_{n}", str(17 * n + 3)] for n in range(3)],
    ]
    assert all(row[2] == PROSE.strip() for row in table.cells[1:])


def test_tables_side_by_side_with_captions_of_their_own(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        write(page, 60, 90, "Table 1: Banks")
        write(page, 320, 90, "Table 2: Bridges")
        rows(page, 110, (60, 120, 170), [["Animal", "Count", "Share"], *ROWS])
        rows(page, 110, (320, 380, 430), [["Place", "Count", "Share"], *ROWS])

    left, right = sorted(read(tmp_path, draw).tables, key=lambda table: table.box or ())
    assert (left.caption, right.caption) == ("Table 1: Banks", "Table 2: Bridges")
    assert left.cells == [["Animal", "Count", "Share"], *ROWS]
    assert right.cells == [["Place", "Count", "Share"], *ROWS]


def test_fills_of_a_cell_and_of_its_text_are_one_cell(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        for number, row in enumerate([["Animal", "Count", "Share"], *ROWS]):
            for column, text in enumerate(row):
                x, top = 60 + 100 * column, 100 + 20 * number
                page.setFillColor(colors.lightgrey)
                page.rect(x, HEIGHT - top - 19, 99, 19, stroke=0, fill=1)
                page.rect(x + 4, HEIGHT - top - 15, 91, 11, stroke=0, fill=1)
                page.setFillColor(colors.black)
                write(page, x + 6, top + 13, text)

    (table,) = read(tmp_path, draw).tables
    assert table.cells == [["Animal", "Count", "Share"], *ROWS]


def test_contents_are_text(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        for number in range(7):
            write(page, 60, 100 + 15 * number, f"{number + 1} What the river does in month {number + 1}")
            page.drawRightString(520, HEIGHT - 100 - 15 * number, str(3 + 8 * number))

    assert read(tmp_path, draw).tables == []


def test_a_sideways_table_and_turned_heads(tmp_path: Path) -> None:
    def sideways(page: Canvas) -> None:
        page.translate(300, 200)
        page.rotate(90)
        for number, row in enumerate([["Animal", "Count", "Share"], *ROWS]):
            for x, text in zip((0, 100, 180), row, strict=True):
                page.setFont("Helvetica", 9)
                page.drawString(x, -15 * number, text)

    def turned(page: Canvas) -> None:
        page.grid([60, 160, 220, 280], [HEIGHT - y for y in (90, 170, 190, 210, 230, 250)])
        for x, head in zip((193, 253), ("Count", "Share"), strict=True):
            page.saveState()
            page.translate(x, HEIGHT - 160)
            page.rotate(90)
            page.setFont("Helvetica", 9)
            page.drawString(0, 0, head)
            page.restoreState()
        write(page, 65, 160, "Animal")
        rows(page, 184, (65, 165, 225), ROWS, 20)

    for draw in (sideways, turned):
        (table,) = read(tmp_path, draw).tables
        assert table.cells == [["Animal", "Count", "Share"], *ROWS]


def test_a_table_over_two_pages_keeps_head_and_caption(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        write(page, 60, 60, "Table 3: All animals")
        rows(page, 80, (60, 200, 300), [["Animal", "Count", "Share"], *ROWS * 13], 13.5)
        page.showPage()
        rows(page, 60, (60, 200, 300), ROWS * 2, 13.5)

    first, second = read(tmp_path, draw).tables
    assert (first.page, second.page) == (1, 2)
    assert second.cells == [["Animal", "Count", "Share"], *ROWS * 2]
    assert second.caption == first.caption == "Table 3: All animals"
