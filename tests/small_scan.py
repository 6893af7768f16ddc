"""A scanned page that is read in a second: for tests of what comes after the reading."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LINES = ("Acceptance of the relay", "The relay was accepted on 4 May without remarks.")


def write_small_scan(path: Path) -> None:
    """A PDF of one small page that is nothing but a picture of LINES."""
    page = Image.new("L", (900, 420), 255)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(page).text((60, 60 + 120 * number), line, 0, ImageFont.load_default(32 - 4 * number))
    page.save(path, "PDF", resolution=110)
