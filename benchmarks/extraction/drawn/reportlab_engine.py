"""A document drawn by reportlab: one text object a cell, rules as lines, the standard fonts that are not embedded."""

from __future__ import annotations

import io
from html import escape
from typing import Any

from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Image, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Drawn

from benchmarks.extraction.drawn.blocks import Document, Figure, Table, Text
from benchmarks.extraction.drawn.html import pixels_of
from benchmarks.extraction.drawn.marks import colour_of

_LONG = 28  # characters from which a cell is broken into lines
_SIZES = {1: 18, 2: 14, 3: 12}  # points
FONTS = ("Helvetica", "Times-Roman")


def print_reportlab(document: Document, font: str, marked: bool = False) -> bytes:
    """The PDF, or its twin, which shows only where tables and figures lie."""
    file = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), document.margin)
    width = document.page[0] - 2 * document.margin - 12
    writer = _Writer(font, width, marked)
    parts = [flowable for leaf in document.leaves() for flowable in writer.leaf(leaf)]
    SimpleDocTemplate(file, pagesize=document.page, **margins).build(parts)
    return file.getvalue()


class _Block(Flowable):
    """A filled rectangle in the place of a figure."""

    def __init__(self, width: float, height: float, colour: Color):
        super().__init__()
        self.width, self.height, self.colour, self.hAlign = width, height, colour, "CENTER"

    def draw(self) -> None:
        self.canv.setFillColor(self.colour)
        self.canv.rect(0, 0, self.width, self.height, stroke=0, fill=1)


class _Writer:
    def __init__(self, font: str, width: float, marked: bool):
        self.font, self.width, self.marked = font, width, marked
        self.bold = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold"}[font]
        self.ink = white if marked else black

    def leaf(self, leaf: Text | Table | Figure) -> list[Flowable]:
        if isinstance(leaf, Text):
            return [self._paragraph(f"{leaf.bullet} {leaf.text}" if leaf.bullet else leaf.text, leaf.level)]
        shown = self._table(leaf) if isinstance(leaf, Table) else self._figure(leaf)
        below = leaf.below if isinstance(leaf, Table) else leaf.place != "above"
        caption = [self._paragraph(leaf.caption)] if leaf.caption else []
        return [*([] if below else caption), shown, Spacer(1, 6), *(caption if below else [])]

    def _paragraph(self, text: str, level: int = 0) -> Paragraph:
        size = _SIZES.get(level, 10)
        font = self.bold if level else self.font
        look = ParagraphStyle("p", fontName=font, fontSize=size, leading=size * 1.3, spaceAfter=6, textColor=self.ink)
        return Paragraph(escape(text), look)

    def _figure(self, figure: Figure) -> Flowable:
        if self.marked:
            return _Block(figure.width, figure.height, _fill(figure.number, 0))
        return Image(io.BytesIO(pixels_of(figure)), figure.width, figure.height)

    def _table(self, table: Table) -> Drawn:
        grid = table.grid()
        look = ParagraphStyle("c", fontName=self.font, fontSize=9, leading=11, textColor=self.ink)
        cells = [
            [Paragraph(escape(text), look) if text and len(text) > _LONG else text or "" for text in row]
            for row in grid
        ]
        widths = None
        if any(len(text or "") > _LONG for row in grid for text in row):
            longest = [max(min(60, len(row[column] or "")) for row in grid) + 6 for column in range(len(grid[0]))]
            widths = [self.width * each / sum(longest) for each in longest]
        drawn = Drawn(cells, colWidths=widths, repeatRows=table.head if table.repeats else 0)
        drawn.setStyle([*self._spans(table), *(self._marks(table) if self.marked else self._look(table))])
        return drawn

    def _spans(self, table: Table) -> list[Any]:
        return [
            ("SPAN", (column, row), (column + cell.columns - 1, row + cell.rows - 1))
            for row, (cells, columns) in enumerate(zip(table.rows, table.columns(), strict=True))
            for cell, column in zip(cells, columns, strict=True)
            if cell.columns > 1 or cell.rows > 1
        ]

    def _marks(self, table: Table) -> list[Any]:
        rows = [("BACKGROUND", (0, row), (-1, row), _fill(table.number, row + 1)) for row in range(len(table.rows))]
        return [*rows, ("TEXTCOLOR", (0, 0), (-1, -1), white), *self._font(table)]

    def _font(self, table: Table) -> list[Any]:
        right = [("ALIGN", (column, 0), (column, -1), "RIGHT") for column in table.numeric_columns()]
        bold = [("FONTNAME", (0, 0), (-1, table.head - 1), self.bold)] if table.head else []
        whole = [("FONTNAME", (0, 0), (-1, -1), self.font), ("FONTSIZE", (0, 0), (-1, -1), 9)]
        return [*whole, *bold, *right, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]

    def _look(self, table: Table) -> list[Any]:
        looks: list[Any] = self._font(table)
        for name in table.look.split():
            if name == "ruled":
                looks.append(("GRID", (0, 0), (-1, -1), 0.5, black))
            elif name == "rows":
                looks.append(("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#999999")))
            elif name == "three":
                looks += [
                    (line, (0, row), (-1, row), 0.9, black) for line, row in (("LINEABOVE", 0), ("LINEBELOW", -1))
                ]
                looks.append(("LINEBELOW", (0, table.head - 1), (-1, table.head - 1), 0.5, black))
            elif name == "zebra":
                looks.append(("ROWBACKGROUNDS", (0, table.head), (-1, -1), (white, HexColor("#e6ebf2"))))
            elif name == "filled" and table.head:
                looks += [("BACKGROUND", (0, 0), (-1, table.head - 1), HexColor("#2d4a6b")),
                          ("TEXTCOLOR", (0, 0), (-1, table.head - 1), white)]  # fmt: skip
        return looks


def _fill(number: int, row: int) -> Color:
    red, green, blue = colour_of(number, row)
    return Color(red / 255, green / 255, blue / 255)
