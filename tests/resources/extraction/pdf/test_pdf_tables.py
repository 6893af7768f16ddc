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


def test_a_caption_tells_a_filled_table_of_wrapped_cells_from_a_drawing(tmp_path: Path) -> None:
    lines = ["Emissions of ten tons", "per year or more of", "any one compound"]

    def draw(page: Canvas) -> None:
        write(page, 60, 84, "Table 3: Sources of vapour")
        for y in (92, 112, 312):
            rule(page, y, 60, 532)
        for x, head in ((64, "Source"), (166, "Definition"), (330, "Examples")):
            write(page, x, 106, head, bold=True)
        for row in range(4):
            page.setFillColor(colors.whitesmoke)
            for part, x in enumerate((60, 160, 320)):
                page.rect(x + part, HEIGHT - 117 - 50 * row - 40, 90 + 40 * part, 44, fill=1, stroke=0)
            page.setFillColor(colors.black)
            write(page, 64, 126 + 50 * row, ("Major", "Area", "Road", "Field")[row])
            for number, line in enumerate(lines):
                write(page, 166, 126 + 50 * row + 12 * number, line)
                write(page, 330, 126 + 50 * row + 12 * number, line)

    extraction = read(tmp_path, draw)
    assert extraction.figures == []
    [table] = extraction.tables
    assert table.caption == "Table 3: Sources of vapour"
    assert table.cells[1] == ["Major", " ".join(lines), " ".join(lines)]
    assert len(table.cells) == 5


def test_rules_under_heads_side_by_side_stay_two(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        write(page, 190, 100, "Spring")
        write(page, 370, 100, "Autumn")
        for y in (88, 122, 202):
            rule(page, y, 60, 460)
        rule(page, 106, 150, 298)
        rule(page, 106, 302, 460)
        rows(page, 117, [60, 160, 240, 310, 400], [["Kind", "seen", "share", "seen", "share"]])
        body = [[name, "12", "3.5", "40", "9.1"] for name in ("Otter", "Heron", "Beaver", "Lapwing", "Stoat")]
        rows(page, 136, [60, 160, 240, 310, 400], body)

    [table] = read(tmp_path, draw).tables
    assert table.cells[0][1:] == ["Spring", None, "Autumn", None]
    assert table.cells[1][1:] == ["seen", "share", "seen", "share"]


def test_rules_typed_with_hyphens_close_a_typewritten_head(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        page.setFont("Courier", 10)
        text = ["Kind        1999    2004    2009", "-" * 34]
        text += [
            f"{name:12s}{n:4d}    {2 * n:4d}    {3 * n:4d}" for n, name in enumerate(("Otter", "Heron", "Stoat"), 9)
        ]
        for number, line in enumerate(text):
            page.drawString(60, HEIGHT - 100 - 13 * number, line)

    extraction = read(tmp_path, draw)
    [table] = extraction.tables
    assert table.cells == [
        ["Kind", "1999", "2004", "2009"],
        ["Otter", "9", "18", "27"],
        ["Heron", "10", "20", "30"],
        ["Stoat", "11", "22", "33"],
    ]
    assert not any("---" in block.text for block in extraction.blocks)


def test_between_two_rules_lines_of_numbers_are_rows_and_wrapped_text_is_one(tmp_path: Path) -> None:
    def grid(page: Canvas, tops: Sequence[float], at: Sequence[float]) -> None:
        for y in tops:
            rule(page, y, at[0], at[-1])
        for x in at:
            page.line(x, HEIGHT - tops[0], x, HEIGHT - tops[-1])

    def draw(page: Canvas) -> None:
        grid(page, [100, 118, 198], [60, 200, 300, 400])
        rows(page, 112, [64, 210, 310], [["Group", "Spring", "Autumn"]])
        body = [
            ["All of them:", "", ""],
            ["Otters", "85.1%", "14.9%"],
            ["Herons", "17.3%", "82.7%"],
            ["The rest:", "", ""],
        ]
        rows(page, 132, [64, 210, 310], [*body, ["Stoats", "9.0%", "91.0%"]])
        grid(page, [300, 318, 370, 390], [60, 160, 500])
        rows(page, 312, [64, 166], [["Kind", "What it is"]])
        rows(page, 332, [64, 166], [["Anchored or", ""], ["categorised", ""], ["scale", ""]])
        prose(page, 166, 322, 330, 1)
        rows(page, 384, [64, 166], [["Checklist", "A list of yes and no"]])

    upper, lower = read(tmp_path, draw).tables
    assert [row[0] for row in upper.cells] == ["Group", "All of them:", "Otters", "Herons", "The rest:", "Stoats"]
    assert [row[0] for row in lower.cells] == ["Kind", "Anchored or categorised scale", "Checklist"]
