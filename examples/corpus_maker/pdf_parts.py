"""What the PDF documents share: styles, captions, ruled and unruled tables, a reproducible build."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from examples.corpus_maker.fonts import register_pdf_fonts
from examples.corpus_maker.product import Rows

INK, RULE, SHADE = HexColor("#1f2a37"), HexColor("#9aa5b3"), HexColor("#e9eef5")


@cache
def styles() -> dict[str, ParagraphStyle]:
    register_pdf_fonts()
    body = ParagraphStyle("body", fontName="Sans", fontSize=10, leading=13.6, textColor=INK, spaceAfter=6)
    return {
        "body": body,
        "column": ParagraphStyle("column", body, fontSize=9.2, leading=11.8, alignment=TA_JUSTIFY, spaceAfter=5),
        "title": ParagraphStyle("title", body, fontName="Sans-Bold", fontSize=22, leading=27, spaceAfter=4),
        "subtitle": ParagraphStyle("subtitle", body, fontSize=11.5, textColor=HexColor("#5b6776"), spaceAfter=14),
        "h1": ParagraphStyle(
            "h1", body, fontName="Sans-Bold", fontSize=15, leading=19, spaceBefore=12, spaceAfter=5, keepWithNext=1
        ),
        "h2": ParagraphStyle(
            "h2", body, fontName="Sans-Bold", fontSize=11.5, leading=15, spaceBefore=8, spaceAfter=3, keepWithNext=1
        ),
        "caption": ParagraphStyle(
            "caption", body, fontName="Sans-Italic", fontSize=9, leading=11.5, alignment=TA_CENTER
        ),
        "cell": ParagraphStyle("cell", body, fontSize=8.8, leading=11, spaceAfter=0),
        "head": ParagraphStyle("head", body, fontName="Sans-Bold", fontSize=8.8, leading=11, spaceAfter=0),
        "code": ParagraphStyle("code", body, fontName="Mono", fontSize=8.2, leading=11, leftIndent=8, backColor=SHADE),
    }


def paragraph(words: str, style: str = "body") -> Paragraph:
    return Paragraph(words, styles()[style])


def figure(drawing: Drawing, caption: str) -> Flowable:
    """A drawing as vectors, its caption below, kept on one page."""
    drawing.hAlign = "CENTER"
    return KeepTogether([Spacer(1, 6), drawing, Spacer(1, 3), paragraph(caption, "caption"), Spacer(1, 6)])


def table(rows: Rows, caption: str, widths: Sequence[float], ruled: bool) -> Flowable:
    """A table, its caption above; without rules the columns are told apart by white space alone."""
    cells = [[paragraph(cell, "head" if number == 0 else "cell") for cell in row] for number, row in enumerate(rows)]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 3)]
    if ruled:
        style += [("GRID", (0, 0), (-1, -1), 0.6, RULE), ("BACKGROUND", (0, 0), (-1, 0), SHADE)]
    body = Table(cells, colWidths=list(widths), style=TableStyle(style), hAlign="CENTER", repeatRows=1)
    return KeepTogether([Spacer(1, 4), paragraph(caption, "caption"), body, Spacer(1, 8)])


def build(story: list[Flowable], title: str, footer: str, columns: int = 1) -> bytes:
    """The story as an A4 PDF. Without dates and without compression: two builds give the same bytes."""
    out = io.BytesIO()
    width, height = A4
    margin, gap = 20 * mm, 7 * mm

    def draw_footer(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Sans", 8)
        canvas.setFillColor(HexColor("#5b6776"))
        canvas.drawString(margin, 11 * mm, footer)
        canvas.drawRightString(width - margin, 11 * mm, f"Page {document.page}")

    frame_height = height - 2 * margin
    full = Frame(margin, margin, width - 2 * margin, frame_height, 0, 0, 0, 0)
    templates = [PageTemplate("one", [full], onPage=draw_footer)]
    if columns == 2:
        column = (width - 2 * margin - gap) / 2
        banner = 92.0
        halves = [margin, margin + column + gap]
        top = Frame(margin, height - margin - banner, width - 2 * margin, banner, 0, 0, 0, 0)
        first = [Frame(x, margin, column, frame_height - banner, 0, 0, 0, 0) for x in halves]
        later = [Frame(x, margin, column, frame_height, 0, 0, 0, 0) for x in halves]
        templates = [
            PageTemplate("first", [top, *first], onPage=draw_footer, autoNextPageTemplate="later"),
            PageTemplate("later", later, onPage=draw_footer),
        ]
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=title,
        author="Tidegate documentation team",
        invariant=1,
        pageCompression=0,
        pageTemplates=templates,
    )
    document.build(story)
    return out.getvalue()
