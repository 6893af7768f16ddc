"""Pages and screens as pictures."""

from __future__ import annotations

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Document, Group, Part, Text
from benchmarks.extraction.drawn.charts import figure
from benchmarks.extraction.drawn.registry import captioned, document, framed, paragraphs, style, title
from benchmarks.extraction.drawn.styles.business import DARK
from benchmarks.extraction.drawn.styles.looks import FILLED_HEAD, ROW_RULES, RULED, THREE_RULES, ZEBRA
from benchmarks.extraction.drawn.words import Words

_LOOKS = (
    ("ruled", RULED),
    ("rows", ROW_RULES),
    ("three", THREE_RULES),
    ("zebra", ZEBRA),
    ("filled rows", FILLED_HEAD + ROW_RULES),
)


def _page(words: Words, css: str = "", dark: str = "") -> Document:
    """Prose with a table, and a figure in half of them, short enough for one page."""
    look, looks = words.one(_LOOKS)
    table = tables.simple(words, (3, 5), (4, 8))
    table.look = look
    parts: list[Part] = [title(words), Text(words.paragraph()), captioned(words, table), Text(words.paragraph())]
    if words.chance.random() < 0.6:
        parts += [
            figure(words, words.chance.randint(220, 340), 140, f"Figure 1. {words.heading()}"),
            Text(words.paragraph()),
        ]
    return document(words, parts, looks + css, dark=dark)


@style("page-light", engines=("still",), kind="page image")
def page_light(words: Words) -> Document:
    return _page(words)


@style("page-dark", engines=("still",), kind="page image")
def page_dark(words: Words) -> Document:
    back = words.one(("#15181e", "#1e1e1e", "#0d1b2a", "#262a35"))
    ink = ":root { --tint: #2c3340; --line: #666 } .caption, td, th { color: #e6e6e6 }"
    return _page(words, DARK.format(back) + ink, dark=back)


@style("page-scanned", engines=("scan",), kind="page image")
def page_scanned(words: Words) -> Document:
    return _page(words)


@style("page-photo", engines=("photo",), kind="page image")
def page_photo(words: Words) -> Document:
    return _page(words)


@style("columns-scanned", engines=("scan",), kind="page image")
def columns_scanned(words: Words) -> Document:
    flowing: list[Part] = [part for _ in range(3) for part in (title(words, 2), *paragraphs(words, 2))]
    return document(words, [title(words), Group(flowing, "columns: 2; column-gap: 24px")])


@style("table-scanned", engines=("scan",), kind="page image")
def table_scanned(words: Words) -> Document:
    make = words.one((tables.spanning, tables.with_totals, tables.row_spans))
    look, css = words.one(_LOOKS[:3])
    return framed(words, make(words), look, css)


def _screen(words: Words, colours: str, size: float = 14) -> Document:
    """A page of an application: a bar, entries at the left, cards of numbers, a table."""
    chance = words.chance
    entries: list[Part] = [
        Text(noun.capitalize(), style="margin: 0 0 10px") for noun in words.nouns(chance.randint(5, 8))
    ]
    cards: list[Part] = []
    for noun in words.nouns(chance.randint(3, 4)):
        value = Text(
            f"{chance.randint(2, 9999)} {words.unit()}", style="margin: 0; font-size: 1.5em; font-weight: bold"
        )
        cards.append(Group([Text(noun.capitalize(), style="margin: 0"), value], "flex: 1; padding: 12px", "card"))
    table = tables.simple(words, (4, 6), (5, 9))
    table.look, table.style = "grid", "width: 100%"
    name = Text(f"{words.place()} {words.noun()} console", "span", style="font-weight: bold")
    across = "display: flex; justify-content: space-between; padding: 10px 16px"
    bar = Group([name, Text(words.person(), "span")], across, "bar")
    row = Group(cards, "display: flex; gap: 14px; margin: 14px 0")
    shown: list[Part] = [Text(words.heading(), "h", 2), Text(words.sentence()), row, table, Text(words.sentence())]
    body = Group([Group(entries, "width: 150px; padding: 16px", "side"), Group(shown, "flex: 1; padding: 16px")])
    body.style = "display: flex"
    css = f"body {{ font-size: {size}px }} p {{ text-align: left }}"
    css += ".grid td, .grid th { border-bottom: 1px solid var(--edge, #ddd) }"
    return document(words, [bar, body], css + colours)


@style("screen-light", engines=("screen",), kind="screenshot")
def screen_light(words: Words) -> Document:
    return _screen(
        words,
        ".bar { background: var(--ink); color: white } .card { border: 1px solid #ddd } .side { background: #f5f5f5 }",
    )


@style("screen-dark", engines=("screen",), kind="screenshot")
def screen_dark(words: Words) -> Document:
    css = "body { color: #d6d6d6; background: #16191f } h2 { color: white } .bar { background: #0c0e12 }"
    return _screen(words, css + ".card { background: #232833 } .side { background: #1b1f27 } :root { --edge: #343b48 }")


@style("screen-coloured", engines=("screen",), kind="screenshot")
def screen_coloured(words: Words) -> Document:
    css = ".bar, .grid th { background: var(--ink); color: white } .side { background: #24506b; color: white }"
    for number, (fill, ink) in enumerate((("#c0392b", "white"), ("#1e8449", "white"), ("#f4d03f", "black")), 1):
        css += f".card:nth-child({number}) {{ background: {fill}; color: {ink} }}"
    return _screen(words, css + ".grid tr:nth-child(even) td { background: #fdebd0 }")


@style("screen-small", engines=("screen",), kind="screenshot")
def screen_small(words: Words) -> Document:
    """Type of 8 to 10 pixels."""
    css = ".bar { background: #444; color: white } .card { border: 1px solid #ccc } .side { background: #eee }"
    return _screen(words, css, size=words.chance.choice((8, 9, 10)))
