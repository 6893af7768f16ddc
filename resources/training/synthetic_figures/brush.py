"""Chance, fonts, colours and shapes shared by all drawings; every choice comes from one seeded generator."""

from __future__ import annotations

import io
import math
import random
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Choice = TypeVar("Choice")
Colour = tuple[int, int, int]
Point = tuple[float, float]

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
SANS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "")  # "" is the font inside Pillow
SANS_HELD_OUT = ("STIXGeneral.ttf", "DejaVuSans-Oblique.ttf")
MONO = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
MONO_HELD_OUT = ("DejaVuSansMono-Oblique.ttf", "DejaVuSansMono.ttf")
STYLES = (
    "default", "ggplot", "bmh", "classic", "dark_background", "fast", "fivethirtyeight", "grayscale",
    "seaborn-v0_8-whitegrid", "seaborn-v0_8-dark", "tableau-colorblind10",
)  # fmt: skip
STYLES_HELD_OUT = ("Solarize_Light2", "seaborn-v0_8-darkgrid", "seaborn-v0_8-ticks", "seaborn-v0_8-pastel")
PASTEL_HUES_HELD_OUT = (0.08, 0.22, 0.55, 0.8)


class Brush:
    """A seeded source of every choice in a drawing. `held_out` draws with styles and fonts kept from training."""

    def __init__(self, seed: int, held_out: bool = False) -> None:
        self.random = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.held_out = held_out

    def pick(self, items: Sequence[Choice]) -> Choice:
        return self.random.choice(items)

    def sample(self, items: Sequence[Choice], count: int) -> list[Choice]:
        return self.random.sample(list(items), count)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def uniform(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

    def style(self) -> str:
        """Name of a matplotlib style sheet."""
        return self.pick(STYLES_HELD_OUT if self.held_out else STYLES)

    def font(self, size: int, mono: bool = False) -> ImageFont.FreeTypeFont:
        if mono:
            name = self.pick(MONO_HELD_OUT if self.held_out else MONO)
        else:
            name = self.pick(SANS_HELD_OUT if self.held_out else SANS)
        if not name:
            font = ImageFont.load_default(size)
            if isinstance(font, ImageFont.FreeTypeFont):
                return font
            name = "DejaVuSans.ttf"
        return ImageFont.truetype(str(FONTS / name), size)

    def colour(self) -> Colour:
        return self.integer(0, 255), self.integer(0, 255), self.integer(0, 255)

    def pastel(self, dark: bool = False) -> Colour:
        """A fill on which letters can be read: light, or deep for a dark page."""
        import colorsys

        hue = self.pick(PASTEL_HUES_HELD_OUT) if self.held_out else self.random.random()
        red, green, blue = colorsys.hsv_to_rgb(hue, self.uniform(0, 0.6), 0.4 if dark else self.uniform(0.8, 1))
        return int(red * 255), int(green * 255), int(blue * 255)

    def word(self, text: str) -> str:
        return self.pick((text, text, text.title(), text.upper() if len(text) < 9 else text, text.replace(" ", "_")))


def grey(level: int) -> Colour:
    return level, level, level


class Canvas:
    """A page to draw boxes, arrows and lettering on."""

    def __init__(self, brush: Brush, width: int, height: int, dark: float = 0.12) -> None:
        self.brush = brush
        self.width, self.height = width, height
        self.dark = brush.chance(dark)
        light_pages = ((255, 255, 255),) * 4 + ((248, 249, 250), (238, 244, 255), (255, 252, 240))
        self.page: Colour = grey(brush.integer(15, 45)) if self.dark else brush.pick(light_pages)
        self.ink: Colour = (230, 230, 230) if self.dark else grey(brush.integer(0, 70))
        self.image = Image.new("RGB", (width, height), self.page)
        self.draw = ImageDraw.Draw(self.image)
        self.font = brush.font(brush.integer(11, 19))
        self.line_width = brush.integer(1, 3)
        self.radius = brush.pick((0, 0, 5, 10, 18))
        self.fills = [brush.pastel(self.dark) for _ in range(brush.integer(1, 5))]

    def fill(self) -> Colour:
        return self.brush.pick(self.fills)

    def text(self, x: float, y: float, text: str, colour: Colour | None = None, font: object = None) -> None:
        self.draw.text((x, y), text, font=font or self.font, fill=colour or self.ink)  # pyright: ignore[reportArgumentType]

    def arrow(self, start: Point, end: Point, dashed: bool = False, head: bool = True) -> None:
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        length = math.dist(start, end)
        if dashed:
            for step in range(0, int(length), 12):
                a = (start[0] + step * math.cos(angle), start[1] + step * math.sin(angle))
                b = (a[0] + 6 * math.cos(angle), a[1] + 6 * math.sin(angle))
                self.draw.line([a, b], fill=self.ink, width=self.line_width)
        else:
            self.draw.line([start, end], fill=self.ink, width=self.line_width)
        if head:
            wings = [
                (end[0] - 10 * math.cos(angle + turn), end[1] - 10 * math.sin(angle + turn)) for turn in (-0.4, 0.4)
            ]
            self.draw.polygon([end, *wings], fill=self.ink)

    def box(self, x: float, y: float, width: float, height: float, text: str, shape: str = "box") -> None:
        """A shape with centred lettering: box, ellipse, diamond or cylinder."""
        fill, edge, line = self.fill(), self.ink, self.line_width
        right, bottom = x + width, y + height
        if shape == "box":
            self.draw.rounded_rectangle((x, y, right, bottom), self.radius, fill, edge, line)
        elif shape == "ellipse":
            self.draw.ellipse((x, y, right, bottom), fill, edge, line)
        elif shape == "diamond":
            corners = [(x + width / 2, y), (right, y + height / 2), (x + width / 2, bottom), (x, y + height / 2)]
            self.draw.polygon(corners, fill, edge, line)
        else:
            lid = min(18, height / 3)
            self.draw.rectangle((x, y + lid / 2, right, bottom - lid / 2), fill, edge, line)
            self.draw.ellipse((x, bottom - lid, right, bottom), fill, edge, line)
            self.draw.ellipse((x, y, right, y + lid), fill, edge, line)
        self.label(x, y, width, height, text)

    def label(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Lettering wrapped to `width` and centred."""
        size = self.font.size
        wrapped = "\n".join(textwrap.wrap(text, max(6, int(width / (size * 0.6)))))
        left, top, right, bottom = self.draw.multiline_textbbox((0, 0), wrapped, font=self.font, align="center")
        at = (x + (width - right + left) / 2, y + (height - bottom + top) / 2 - top)
        self.draw.multiline_text(at, wrapped, font=self.font, fill=self.ink, align="center")


def encoded(image: Image.Image, brush: Brush, longest: int = 448) -> bytes:
    """JPEG, at most `longest` pixels wide and high, of a quality that web pages have."""
    image = image.convert("RGB")
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=brush.integer(70, 95))
    return buffer.getvalue()
