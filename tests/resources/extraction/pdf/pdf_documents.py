"""PDF files made on the spot, with known words, tables and figures."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont
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


def plain_scan(path: Path, lines: list[str], strips: int = 1) -> Canvas:
    """A canvas whose page is a picture of these lines, in strips one over the other; more can be drawn on it."""
    image = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((100, 120 + number * 48), line, 0, ImageFont.load_default(28))
    page = canvas(path)
    for strip in range(strips):
        top, bottom = image.height * strip // strips, image.height * (strip + 1) // strips
        part = ImageReader(image.crop((0, top, image.width, bottom)))
        page.drawImage(part, 0, HEIGHT - HEIGHT * (strip + 1) / strips, WIDTH, HEIGHT / strips)
    return page


def mapped(path: Path, content: str, letters: dict[str, str]) -> Path:
    """A page whose content stream is shown in Helvetica, and whose text layer says `letters` for these characters."""
    lines = "\n".join(f"<{ord(shown):02X}> <{ord(said):04X}>" for shown, said in letters.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap\n1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{lines}\nendbfchar\nendcmap end"
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    data, places = "%PDF-1.7\n", []
    for number, value in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{value}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    data += f"xref\n0 7\n0000000000 65535 f \n{table}trailer << /Size 7 /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    path.write_bytes(data.encode("latin-1"))
    return path
