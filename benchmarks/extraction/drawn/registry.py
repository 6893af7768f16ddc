"""The styles by name, and what all of them share: page, font, sizes and colours drawn by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.extraction.drawn.blocks import Document, Part, Table, Text
from benchmarks.extraction.drawn.words import Words

Compose = Callable[[Words], Document]
HTML = ("weasyprint", "chromium")
FLOWING = (*HTML, "typst", "reportlab")  # engines for documents whose parts follow each other, in the looks they know


@dataclass(frozen=True)
class Style:
    """`kind` is the bar it counts for: "pdf", "script", "page image" or "screenshot".

    `engines` are those that can draw it, one is chosen by the seed: "weasyprint", "chromium", "typst", "reportlab",
    "office"; or the printed page as a picture: "still", "scan", "photo"; or Chromium's window: "screen".
    """

    name: str
    compose: Compose
    engines: tuple[str, ...] = HTML
    kind: str = "pdf"


STYLES: dict[str, Style] = {}

_SANS = ("DejaVu Sans", "Liberation Sans", "Noto Sans", "Liberation Sans Narrow", "DejaVu Sans Condensed")
_SERIF = ("Liberation Serif", "DejaVu Serif", "Noto Serif")
INKS = ("#1f3a5f", "#2d6a4f", "#7b2d26", "#4a4e69", "#005f73", "#8d3b72", "#343a40", "#9a3412")
TINTS = ("#eef3fa", "#f1f5ee", "#f7efe9", "#f2f2f2", "#e8eef0", "#fdf3d8", "#ece6f2")


def style(name: str, engines: tuple[str, ...] = HTML, kind: str = "pdf") -> Callable[[Compose], Compose]:
    """Registers a function that composes one document from its words."""

    def register(compose: Compose) -> Compose:
        STYLES[name] = Style(name, compose, engines, kind)
        return compose

    return register


def theme(words: Words) -> str:
    """CSS of a document: its font, size, leading, headings and colours (as `--ink` and `--tint`)."""
    chance = words.chance
    body = chance.choice(_SANS + _SERIF)
    heads = body if chance.random() < 0.6 else chance.choice(_SANS)
    size = chance.uniform(8.5, 11.5)
    justify = "justify" if chance.random() < 0.4 else "left"
    hyphens = "auto" if justify == "justify" and chance.random() < 0.6 else "manual"
    return f"""
    :root {{ --ink: {chance.choice(INKS)}; --tint: {chance.choice(TINTS)}; }}
    body {{ font: {size:.1f}pt/{chance.uniform(1.2, 1.55):.2f} '{body}'; }}
    p {{ text-align: {justify}; hyphens: {hyphens}; }}
    h1, h2, h3 {{ font-family: '{heads}'; color: {chance.choice(("black", "var(--ink)"))}; line-height: 1.2 }}
    h1 {{ font-size: {chance.uniform(1.5, 2.1):.2f}em }} h2 {{ font-size: {chance.uniform(1.15, 1.4):.2f}em }}
    h3 {{ font-size: 1.05em }} table {{ font-size: {chance.uniform(0.82, 1.0):.2f}em }}
    th, td {{ padding: {chance.uniform(1.5, 5):.1f}px {chance.uniform(5, 12):.1f}px }}
    """


def page_of(words: Words) -> tuple[float, float]:
    return words.one(((595.28, 841.89), (595.28, 841.89), (612.0, 792.0)))


def document(words: Words, parts: list[Part], css: str = "", language: str = "en", dark: str = "") -> Document:
    """A document of the chance's theme; `css` comes after it."""
    margin = words.chance.uniform(40, 72)
    return Document(parts, theme(words) + css, page_of(words), margin, language, dark)


def title(words: Words, level: int = 1) -> Text:
    return Text(words.heading(), "h", level)


def paragraphs(words: Words, count: int) -> list[Part]:
    return [Text(words.paragraph()) for _ in range(count)]


def captioned(words: Words, table: Table, number: int = 1) -> Table:
    """The table with a caption, above it more often than below; some have none."""
    chance = words.chance
    if chance.random() < 0.75:
        table.caption = f"Table {number}{chance.choice('.:')} {words.heading()}"
        table.below = chance.random() < 0.25
    table.style += chance.choice(("width: 100%;", "width: 100%;", "", "width: 80%;", "margin: 0 auto;"))
    return table


def framed(words: Words, table: Table, look: str, css: str) -> Document:
    """A page of prose with one table in it: where most looks of tables are tried."""
    table.look = look
    before, after = words.chance.randint(1, 3), words.chance.randint(1, 3)
    parts = [title(words), *paragraphs(words, before), captioned(words, table), *paragraphs(words, after)]
    return document(words, parts, css)
