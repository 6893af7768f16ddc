"""Uneven light is taken out of a page; pictures on a page are left as they are."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from codices.resources.extraction.pages.light import evenly_lit


def page() -> Image.Image:
    made = Image.new("RGB", (800, 1100), "white")
    draw = ImageDraw.Draw(made)
    for line in range(30):
        draw.text(
            (60, 60 + line * 32), "The relay keeps the sessions of its brokers.", "black", ImageFont.load_default(20)
        )
    return made


def test_a_shaded_page_becomes_white_paper_with_black_letters():
    shade = Image.radial_gradient("L").resize((800, 1100)).point([255 - value * 150 // 255 for value in range(256)])
    dark = Image.composite(page(), Image.new("RGB", (800, 1100), "black"), shade)
    lit = np.asarray(evenly_lit(dark))
    corners = [lit[y : y + 20, x : x + 20].mean() for y in (5, 1070) for x in (5, 770)]
    assert min(corners) > 225
    assert lit.min() < 60


def test_an_even_page_and_one_with_dark_pictures_stay_as_they_are():
    even = page()
    assert evenly_lit(even) is even
    ImageDraw.Draw(even).rectangle((100, 500, 700, 1000), "navy")
    assert evenly_lit(even) is even
    ImageDraw.Draw(even).rectangle((0, 0, 800, 200), "navy")
    assert evenly_lit(even) is even


def test_a_strip_of_a_pixel_is_a_picture_like_any():
    strip = Image.new("L", (4000, 1), 200)
    assert evenly_lit(strip) is strip
    assert evenly_lit(strip.rotate(90, expand=True)).size == (1, 4000)
