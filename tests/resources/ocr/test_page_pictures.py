"""Pages that are only pixels, as cameras and printers of other looks give them, with the real tesseract."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from codices.resources.extraction.formats.image_files import parse_image_file
from codices.resources.extraction.pages.sheet import find_sheet
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.ocr.test_scans import read

FONT = ImageFont.load_default(26)
SENTENCES = [
    "The harbour master counts the ferries before noon.",
    "Each crossing takes forty minutes in calm weather.",
    "In winter the last boat leaves the pier at six.",
    "Bicycles travel free of charge on every weekday.",
    "Groups are asked to book two days in advance.",
]
CELLS = [["Route", "Boats", "Seats"], ["North", "14", "3,180"], ["Island", "19", "-2.75"], ["Castle", "21", "+6.4"]]


def page_of_text(paper: str = "white", ink: str = "black") -> Image.Image:
    """A page of the sentences, over and over."""
    page = Image.new("RGB", (1000, 1400), paper)
    draw = ImageDraw.Draw(page)
    for number in range(20):
        draw.text((90, 100 + 58 * number), SENTENCES[number % 5], fill=ink, font=FONT)
    return page


def test_a_photographed_sheet_is_read_and_its_lines_lie_where_they_are_seen(tmp_path: Path) -> None:
    corners = np.array([[90, 60], [1080, 130], [1030, 1490], [60, 1430]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array([[0, 0], [1000, 0], [1000, 1400], [0, 1400]], np.float32), corners)
    pixels = cv2.warpPerspective(np.asarray(page_of_text()), matrix, (1140, 1560), borderValue=(92, 70, 60))
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    extraction = read(parse_image_file(tmp_path / "photo.png", "photo.png", ExtractionOptions()))
    text = " ".join(block.text for block in extraction.blocks)
    assert all(text.count(sentence) == 4 for sentence in SENTENCES)
    [page] = extraction.pages
    assert np.allclose(page.corners, (corners / (1140, 1560)).ravel(), atol=0.01)
    boxes = [block.box for block in extraction.blocks if block.box]
    seen = cv2.perspectiveTransform(np.array([[[90, 100], [720, 100 + 58 * 19 + 26]]], np.float64), matrix)[0]
    assert min(box[1] for box in boxes) == pytest.approx(seen[0][1] / 1560, abs=0.02)
    assert max(box[3] for box in boxes) == pytest.approx(seen[1][1] / 1560, abs=0.02)


def test_a_window_on_a_dark_screen_is_no_sheet() -> None:
    screen = Image.new("RGB", (1400, 1000), "#20242c")
    screen.paste(page_of_text().crop((0, 0, 1000, 800)), (200, 100))
    assert find_sheet(screen) == []
    assert find_sheet(page_of_text()) == []


@pytest.mark.parametrize(("paper", "ink", "ground"), [("white", "black", "#1d3b66"), ("#1e1e1e", "#e6e6e6", "#00606f")])
def test_a_table_keeps_its_head_on_a_ground_of_its_own_with_points_and_signs(
    tmp_path: Path, paper: str, ink: str, ground: str
) -> None:
    page = page_of_text(paper, ink)
    draw = ImageDraw.Draw(page)
    draw.rectangle((80, 380, 920, 640), fill=paper)
    small = ImageFont.load_default(20)
    for r, row in enumerate(CELLS):
        top = 400 + 52 * r
        if not r:
            draw.rectangle((90, top, 800, top + 50), fill=ground)
        draw.line((90, top + 51, 800, top + 51), fill=ink, width=2)
        for c, cell in enumerate(row):
            draw.text((104 + 240 * c, top + 14), cell, fill="white" if not r else ink, font=small)
    page.save(tmp_path / "page.png")
    extraction = read(parse_image_file(tmp_path / "page.png", "page.png", ExtractionOptions()))
    assert [table.cells for table in extraction.tables] == [CELLS]
