"""Letters on dark, coloured and transparent grounds, and pictures that lie on their side, with the real tesseract."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from codices.resources.extraction.common.model import WHOLE_PAGE
from codices.resources.extraction.common.pictures import encode
from codices.resources.extraction.formats.image_files import parse_image_file
from codices.resources.extraction.pages.fills import dark_on_light
from codices.resources.ocr.reading import read_picture
from codices.resources.reports.single_file import extract_file
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.settings.settings import Settings
from tests.resources.ocr.test_scans import read

FONT = ImageFont.load_default(21)
CELLS = [
    ["Station", "Trains", "Delayed", "Tickets"],
    ["Harbour", "2418", "46", "91205"],
    ["Museum", "877", "13", "40662"],
    ["Airport", "3095", "58", "88731"],
    ["Stadium", "640", "29", "17354"],
]
LINES = ["Backup of volume seven failed", "Code K3094: no space left", "The next attempt is at midnight"]


def drawn_table(head: str, head_ink: str, bands: tuple[str, str], ink: str, ruled: bool, around: str) -> Image.Image:
    """CELLS with a filled head; `bands` are the colours of even and odd rows, `around` that of the margin."""
    image = Image.new("RGB", (760, 280), around)
    draw = ImageDraw.Draw(image)
    for r, row in enumerate(CELLS):
        for c, text in enumerate(row):
            x, y = 20 + 180 * c, 20 + 46 * r
            fill = bands[r % 2] if r else head
            draw.rectangle((x, y, x + 180, y + 46), fill=fill, outline="black" if ruled else fill)
            draw.text((x + 12, y + 10), text, fill=ink if r else head_ink, font=FONT)
    return image


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(("#7a1f2b", "white", ("white", "white"), "black", False, "white"), id="dark head, no rules"),
        pytest.param(("#e0a86a", "black", ("white", "white"), "black", True, "white"), id="tinted head, ruled"),
        pytest.param(("#0b5a4a", "white", ("#dcefe9", "white"), "black", False, "white"), id="zebra"),
        pytest.param(("#2d3340", "white", ("#171a21", "#171a21"), "#d8dce4", False, "#171a21"), id="dark mode"),
    ],
)
def test_all_rows_of_a_table_on_coloured_grounds_are_one_table(
    tmp_path: Path, look: tuple[str, str, tuple[str, str], str, bool, str]
) -> None:
    drawn_table(*look).save(tmp_path / "table.png")
    extraction = read(parse_image_file(tmp_path / "table.png", "table.png", ExtractionOptions()))
    assert [table.cells for table in extraction.tables] == [CELLS]


@pytest.mark.parametrize("kind", ["white on transparent", "on its side", "dark", "button in the text"])
def test_every_line_is_read(kind: str) -> None:
    ink, ground = ("white", "#00000000") if kind == "white on transparent" else ("black", "white")
    if kind == "dark":
        ink, ground = "#c9d1d9", "#0d1117"
    image = Image.new("RGBA", (560, 190), ground)
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(LINES):
        if kind == "button in the text" and i == 1:
            draw.rectangle((12, 62, 420, 104), fill="#6f42c1")
        draw.text(
            (20, 20 + 50 * i), line, fill="white" if ink == "black" and i == 1 and "button" in kind else ink, font=FONT
        )
    if kind == "on its side":
        image = image.rotate(90, expand=True)
    reading = read_picture(encode(image), "figure", OcrOptions())
    assert sorted(reading.text.splitlines()) == sorted(LINES)


def test_charts_and_plain_pages_keep_their_pixels() -> None:
    chart = Image.new("L", (900, 600), 255)
    draw = ImageDraw.Draw(chart)
    for i, height in enumerate((300, 420, 180)):
        draw.rectangle((100 + 200 * i, 500 - height, 220 + 200 * i, 500), fill=60 + 50 * i)
        draw.text((110 + 200 * i, 520), "Harbour", fill=0, font=FONT)
    assert dark_on_light(chart) is chart


def test_a_screenshot_of_text_is_read_as_a_page_and_stays_a_figure(tmp_path: Path) -> None:
    image = Image.new("RGB", (820, 460), "#1e222b")
    draw = ImageDraw.Draw(image)
    for number in range(9):
        draw.text((30, 24 + 46 * number), f"Step {number}: {LINES[number % 3].lower()}", fill="#d5dae3", font=FONT)
    image.save(tmp_path / "screen.png")
    extraction = parse_image_file(tmp_path / "screen.png", "screen.png", ExtractionOptions())
    [page] = extraction.pages
    assert page.route == "ocr"
    assert "letters in 9 lines" in page.reason
    found = read(extraction)
    text = " ".join(block.text for block in found.blocks)
    assert all(f"Step {number}" in text for number in range(9))
    [figure] = found.figures
    assert figure.box == WHOLE_PAGE


def test_a_picture_of_a_page_is_read_once_and_found_by_what_it_shows(tmp_path: Path) -> None:
    image = Image.new("RGB", (820, 460), "white")
    draw = ImageDraw.Draw(image)
    for number in range(9):
        draw.text((30, 24 + 46 * number), f"Step {number}: {LINES[number % 3].lower()}", fill="black", font=FONT)
    image.save(tmp_path / "screen.png")
    (tmp_path / "page.html").write_text('<p>How the backup goes:</p><img src="screen.png">')
    for name in ("screen.png", "page.html"):
        file = extract_file(Settings(), tmp_path / name)
        assert sum(bool(reading.words) for reading in file.readings.values()) == 1
        [figure] = file.to_json()["figures"]
        assert all(f"Step {number}" in figure["ocr_text"] for number in range(9))


def test_a_chart_with_labels_is_one_figure(tmp_path: Path) -> None:
    image = Image.new("RGB", (820, 460), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 20, 800, 420), outline="black", width=2)
    for number in range(8):
        draw.rectangle((80 + 90 * number, 400 - 40 * number, 140 + 90 * number, 420), fill="#3366aa")
        draw.text((80 + 90 * number, 428), f"week {number}", fill="black", font=FONT)
    image.save(tmp_path / "chart.png")
    extraction = parse_image_file(tmp_path / "chart.png", "chart.png", ExtractionOptions())
    assert [page.route for page in extraction.pages] == ["image"]
    assert len(extraction.figures) == 1
