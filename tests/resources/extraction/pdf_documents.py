"""PDF files made on the spot, with known words, tables and figures."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle

WIDTH, HEIGHT = A4
CELLS = [
    ["Broker", "Queues", "Memory"],
    ["alpha node", "12", "512 MB"],
    ["beta node", "17", "1024 MB"],
    ["gamma node", "31", "2048 MB"],
]
LEFT = "The left column speaks of brokers and of the queues which they keep for every consumer that asks. "
RIGHT = "The right column is about the gateways, about their certificates and the sessions that they open. "
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13)


def canvas(path: Path, **options: object) -> Canvas:
    return Canvas(str(path), pagesize=A4, **options)  # pyright: ignore[reportArgumentType]


def paragraph(page: Canvas, text: str, x: float, top: float, width: float) -> float:
    """Draw text; the y (from the top) where it ends."""
    drawn = Paragraph(text, BODY)
    _, height = drawn.wrap(width, HEIGHT)
    drawn.drawOn(page, x, HEIGHT - top - height)
    return top + height


def chart() -> Image.Image:
    image = Image.new("RGB", (600, 360), "#20242c")
    draw = ImageDraw.Draw(image)
    for step, shade in ((40, "#e05050"), (60, "#50c0e0")):
        points = [(x, 180 + (x * step % 140) - 70) for x in range(30, 580, 25)]
        draw.line(points, fill=shade, width=4)
    return image


def draw_chart(page: Canvas, x: float, top: float, width: float, height: float) -> None:
    page.drawImage(ImageReader(chart()), x, HEIGHT - top - height, width, height)


def draw_table(page: Canvas, x: float, top: float, width: float, ruled: bool = True) -> float:
    style = [("FONTSIZE", (0, 0), (-1, -1), 9)]
    if ruled:
        style.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))  # pyright: ignore[reportArgumentType]
    table = Table(CELLS, colWidths=[width / 3] * 3, style=TableStyle(style))
    _, height = table.wrap(width, HEIGHT)
    table.drawOn(page, x, HEIGHT - top - height)
    return top + height


def report(path: Path, pages: int = 3, ruled: bool = True) -> Path:
    """Pages with a header, a page number, headings of two levels, text, and on the second a table and a figure."""
    page = canvas(path)
    for number in range(1, pages + 1):
        page.setFont("Helvetica", 8)
        page.drawString(50, HEIGHT - 30, "Handbook of the cluster")
        page.drawString(300, 25, str(number))
        page.setFont("Helvetica-Bold", 18)
        page.drawString(50, HEIGHT - 80, f"Chapter {['One', 'Two', 'Three', 'Four', 'Five'][number - 1]}")
        page.setFont("Helvetica-Bold", 13)
        page.drawString(50, HEIGHT - 110, f"Section {number}")
        end = paragraph(page, f"This is what page {number} says first. " + LEFT * 3, 50, 120, WIDTH - 100)
        if number == 2:
            page.setFont("Helvetica", 9)
            page.drawString(50, HEIGHT - end - 20, "Table 1: memory of each broker")
            end = draw_table(page, 50, end + 28, 400, ruled)
            draw_chart(page, 50, end + 30, 300, 180)
            page.setFont("Helvetica", 9)
            page.drawString(50, HEIGHT - end - 225, "Figure 1: memory over one day")
            end += 235
        paragraph(page, RIGHT * 2, 50, end + 10, WIDTH - 100)
        page.showPage()
    page.save()
    return path


def two_columns(path: Path) -> Path:
    page = canvas(path)
    page.setFont("Helvetica-Bold", 18)
    page.drawString(50, HEIGHT - 70, "A title that goes over both of the columns")
    width = (WIDTH - 120) / 2
    # Drawn right column first: the order of the stream is not the order of reading.
    paragraph(page, RIGHT * 8, 70 + width, 100, width)
    paragraph(page, LEFT * 8, 50, 100, width)
    page.save()
    return path


def scanned(source: Path, path: Path, turn: int = 0, skew: float = 0.0, dpi: int = 150) -> Path:
    """The document as pictures of its pages, turned clockwise by quarters and tilted by degrees."""
    document = pdfium.PdfDocument(source)
    images = []
    for page in document:
        image = page.render(scale=dpi / 72).to_pil().convert("L")  # pyright: ignore[reportArgumentType]
        image = image.rotate(-skew, Image.Resampling.BICUBIC, fillcolor=255).rotate(-turn, expand=True)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=80)
        images.append(Image.open(buffer))
    document.close()
    images[0].save(path, save_all=True, append_images=images[1:], resolution=dpi)
    return path
