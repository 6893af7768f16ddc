"""Pages of known text as scanners and phones deliver them: turned, askew, noisy, coarse."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz.distance import Levenshtein

from benchmarks.extraction.quality import extract
from codices.resources.extraction.reading_text import reading_text

DPI = 200
BAR = 0.95
_PROSE = (
    "the relay keeps every session until its lease ends and the broker has confirmed that no client waits for an "
    "answer when a node is drained new sessions move to its neighbours within 30 seconds while queues of more than "
    "4096 entries are written to disk first see section 7.2 for limits of the archive"
)

Change = Callable[[Image.Image], Image.Image]


def _noisy(page: Image.Image) -> Image.Image:
    noise = Image.effect_noise(page.size, 60)
    return Image.blend(page.filter(ImageFilter.GaussianBlur(0.8)), noise, 0.25)


def _coarse(page: Image.Image) -> Image.Image:
    return page.resize((page.width // 2, page.height // 2), Image.Resampling.LANCZOS)


def _compressed(page: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=25)
    return Image.open(buffer)


def _uneven(page: Image.Image) -> Image.Image:
    shade = Image.linear_gradient("L").resize(page.size).point([110 + value * 145 // 255 for value in range(256)])
    return Image.composite(page, Image.new("L", page.size, 40), shade)


CHANGES: dict[str, Change] = {
    "straight": lambda page: page,
    "askew by 2 degrees": lambda page: page.rotate(2, Image.Resampling.BICUBIC, fillcolor=255),
    "askew by -6 degrees": lambda page: page.rotate(-6, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "turned by 90 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_90),
    "turned by 180 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_180),
    "turned by 270 degrees": lambda page: page.transpose(Image.Transpose.ROTATE_270),
    "turned by 90 and askew": lambda page: page.rotate(92, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "noisy and blurred": _noisy,
    "100 dpi": _coarse,
    "JPEG of low quality": _compressed,
    "uneven light": _uneven,
}


def print_scans() -> None:
    """Every change on one page of text, as a PDF of one picture."""
    page, text = written_page(seed=1)
    values = []
    print(f"\n{'scanned page (own)':40s} similarity")
    with tempfile.TemporaryDirectory() as folder:
        for name, change in CHANGES.items():
            path = Path(folder) / "scan.pdf"
            changed = change(page)
            changed.convert("L").save(path, "PDF", resolution=DPI / 2 if name == "100 dpi" else DPI)
            extraction, _, _ = extract(path)
            found = " ".join(reading_text(extraction).split())
            values.append(Levenshtein.normalized_similarity(" ".join(text.split()), found))
            print(f"{name:40s} {values[-1]:.3f}", flush=True)
    print(f"{'mean':40s} {mean(values):.3f}  bar {BAR}: {'reached' if mean(values) >= BAR else 'MISSED'}")


def written_page(seed: int) -> tuple[Image.Image, str]:
    """An A4 page at 200 dpi with two headings and paragraphs, and its text."""
    chance, vocabulary = random.Random(seed), _PROSE.split()
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    lines: list[str] = []
    top = 160
    for number in range(6):
        if number % 3 == 0:
            heading = f"{number // 3 + 1} Sessions and leases, part {number // 3 + 1}"
            draw.text((160, top), heading, 0, ImageFont.load_default(48))
            lines.append(heading)
            top += 90
        words = " ".join(chance.choice(vocabulary) for _ in range(70)) + "."
        font = ImageFont.load_default(30)
        line = ""
        for word in words.split():
            if draw.textlength(f"{line} {word}", font) > 1320:
                draw.text((160, top), line, 0, font)
                lines.append(line)
                line, top = "", top + 44
            line = f"{line} {word}".strip()
        draw.text((160, top), line, 0, font)
        lines.append(line)
        top += 80
    return page, "\n".join(lines)
