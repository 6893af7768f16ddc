"""Charts and diagrams as SVG, with the words that stand in them."""

from __future__ import annotations

import math
import random

from benchmarks.extraction.drawn.blocks import Figure
from benchmarks.extraction.drawn.words import Words

_COLOURS = ("#4472c4", "#ed7d31", "#70ad47", "#c00000", "#7030a0", "#008080", "#b8860b", "#444444")


def figure(words: Words, width: float, height: float, caption: str = "", place: str = "below") -> Figure:
    """A chart or a diagram, `width` by `height` points, half of them as pixels."""
    chance = words.chance
    body, labels = chance.choice((_bars, _lines, _boxes, _pie))(words, width, height)
    background = chance.choice(("#ffffff", "#ffffff", "#f6f6f6"))
    frame = f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" fill="{background}" stroke="#999"/>'
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="Liberation Sans" font-size="8">{frame}{body}</svg>'
    )
    return Figure(picture, width, height, labels, caption, place, pixels=chance.random() < 0.5)


def _write(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222">{text}</text>'


def _axes(width: float, height: float, top: int) -> tuple[str, list[str]]:
    drawn, labels = [f'<path d="M34 12V{height - 22}H{width - 10}" fill="none" stroke="#222"/>'], []
    for step in range(5):
        y = height - 22 - step * (height - 40) / 4
        labels.append(str(top * step // 4))
        drawn.append(f'<path d="M34 {y:.1f}H{width - 10}" stroke="#ddd"/>' + _write(30, y + 3, labels[-1], "end"))
    return "".join(drawn), labels


def _bars(words: Words, width: float, height: float) -> tuple[str, list[str]]:
    chance, count = words.chance, words.chance.randint(3, 6)
    drawn, labels = _axes(width, height, chance.choice((40, 100, 200, 800)))
    step, colour = (width - 50) / count, chance.choice(_COLOURS)
    for number in range(count):
        tall = (height - 40) * chance.uniform(0.2, 0.98)
        x = 38 + number * step
        labels.append(words.place()[: max(3, int(step / 5))])
        drawn += f'<rect x="{x:.1f}" y="{height - 22 - tall:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}"'
        drawn += f' fill="{colour}"/>' + _write(x + step * 0.35, height - 10, labels[-1])
    return drawn, labels


def _lines(words: Words, width: float, height: float) -> tuple[str, list[str]]:
    chance = words.chance
    drawn, labels = _axes(width, height, chance.choice((20, 60, 400)))
    for colour in chance.sample(_COLOURS, chance.randint(1, 3)):
        level, points = chance.uniform(0.2, 0.8), []
        for number in range(25):
            level = min(0.97, max(0.03, level + chance.uniform(-0.1, 0.1)))
            points.append(f"{36 + number * (width - 50) / 24:.1f},{height - 22 - level * (height - 40):.1f}")
        drawn += f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    for number in range(4):
        labels.append(str(2000 + number * 5))
        drawn += _write(40 + number * (width - 60) / 3, height - 10, labels[-1])
    return drawn, labels


def _boxes(words: Words, width: float, height: float) -> tuple[str, list[str]]:
    chance, drawn, labels = words.chance, "", []
    across, down = 3 if width > 240 else 2, 2
    wide, tall = width / across, height / down
    for number in range(across * down):
        x, y = number % across * wide + wide * 0.12, number // across * tall + tall * 0.25
        labels.append(words.noun())
        drawn += f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * 0.76:.1f}" height="{tall * 0.5:.1f}" rx="4" '
        drawn += f'fill="{chance.choice(("#dbe7f7", "#fde9d9", "#e6f3de"))}" stroke="#345"/>'
        drawn += _write(x + wide * 0.38, y + tall * 0.25 + 3, labels[-1])
        if number % across:
            drawn += f'<path d="M{x - wide * 0.24:.1f} {y + tall * 0.25:.1f}h{wide * 0.24:.1f}" stroke="#222"/>'
    return drawn, labels


def _pie(words: Words, width: float, height: float) -> tuple[str, list[str]]:
    chance: random.Random = words.chance
    shares = [chance.uniform(0.5, 2) for _ in range(chance.randint(3, 5))]
    radius, x, y = min(width, height) * 0.4, width * 0.36, height / 2
    drawn, labels, angle = "", [], 0.0
    for number, (share, colour) in enumerate(zip(shares, chance.sample(_COLOURS, len(shares)), strict=True)):
        turn = share / sum(shares) * 2 * math.pi
        start, end = (
            (x + radius * math.cos(angle), y + radius * math.sin(angle)),
            (x + radius * math.cos(angle + turn), y + radius * math.sin(angle + turn)),
        )
        angle += turn
        arc = f"A{radius:.1f} {radius:.1f} 0 {int(turn > math.pi)} 1 {end[0]:.1f} {end[1]:.1f}"
        drawn += f'<path d="M{x:.1f} {y:.1f}L{start[0]:.1f} {start[1]:.1f}{arc}Z" fill="{colour}"/>'
        labels.append(words.place())
        drawn += f'<rect x="{width * 0.74:.1f}" y="{14 + number * 14}" width="8" height="8" fill="{colour}"/>'
        drawn += _write(width * 0.74 + 11, 21 + number * 14, labels[-1], "start")
    return drawn, labels
