"""Tables and figures where they are hard to tell from what is round them: in cards, in columns, under running heads."""

from __future__ import annotations

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Document, Group, Part, Text
from benchmarks.extraction.drawn.charts import figure
from benchmarks.extraction.drawn.registry import document, paragraphs, style, title
from benchmarks.extraction.drawn.styles.looks import FILLED_HEAD, ROW_RULES, THREE_RULES, ZEBRA
from benchmarks.extraction.drawn.words import Words

_LOOKS = (("three", THREE_RULES), ("rows", ROW_RULES), ("zebra", ZEBRA), ("filled rows", FILLED_HEAD + ROW_RULES))


@style("table-in-card")
def table_in_card(words: Words) -> Document:
    """A filled or framed card with a heading, a sentence and a table."""
    chance = words.chance
    look, css = words.one(_LOOKS)
    table = tables.simple(words, (3, 5), (4, 8))
    table.look, table.style = look, "width: 100%"
    card = words.one(
        ("background: var(--tint)", "border: 1px solid #bbb; border-radius: 8px", "border: 2px solid black")
    )
    inside: list[Part] = [Text(words.heading(), "h", 3, style="margin-top: 0"), Text(words.sentence()), table]
    shown = Group(inside, f"{card}; padding: {chance.randint(10, 20)}px; margin: 1em 0")
    return document(words, [title(words), *paragraphs(words, 2), shown, *paragraphs(words, 2)], css)


@style("table-in-column")
def table_in_column(words: Words) -> Document:
    """Small tables with their captions in one of two columns of prose."""
    look, css = words.one(_LOOKS)
    flowing: list[Part] = []
    for number in (1, 2):
        table = tables.simple(words, (2, 4), (4, 7))
        table.look, table.style = look, "width: 100%; font-size: .8em"
        table.caption = f"Table {number}. {words.noun().capitalize()} of {words.place()}"
        flowing += [title(words, 2), *paragraphs(words, 2), table, *paragraphs(words, 2)]
    css += ".captioned { break-inside: avoid } .captioned th, .captioned td { padding: 2px 4px }"
    return document(words, [title(words), Group(flowing, "columns: 2; column-gap: 22px")], css)


@style("figure-in-text")
def figure_in_text(words: Words) -> Document:
    """A figure at one side, the paragraphs flow round it."""
    side = words.one(("left", "right"))
    wide, tall = words.chance.randint(170, 230), words.chance.randint(110, 150)
    drawn = figure(words, wide, tall, f"Figure 1. {words.heading()}")
    drawn.style = f"float: {side}; width: {wide}pt; margin: 4px {'14px 8px 0' if side == 'left' else '0 8px 14px'}"
    return document(words, [title(words), *paragraphs(words, 1), drawn, *paragraphs(words, 4)])


@style("running-heads", engines=("weasyprint",))
def running_heads(words: Words) -> Document:
    """Lines that repeat at the top and the bottom of every page; they are no part of the text."""
    head, place = words.heading(), words.place()
    rule = words.one(("none", "0.5pt solid black"))
    css = f"@page {{ @top-left {{ content: '{head}'; font-size: 8pt; border-bottom: {rule} }} "
    css += f"@bottom-center {{ content: '{place} ' counter(page); font-size: 8pt }} }}"
    table = tables.with_totals(words)
    table.look = "three"
    parts = [part for _ in range(4) for part in (title(words, 2), *paragraphs(words, 4))]
    return document(words, [title(words), table, *parts], css + THREE_RULES)


@style("contents-dots", engines=("weasyprint",))
def contents_dots(words: Words) -> Document:
    """A table of contents whose leaders are full stops."""
    chance, page = words.chance, 1
    parts: list[Part] = [Text("Contents", "h", 1)]
    for number in range(1, chance.randint(14, 24)):
        page += chance.randint(1, 9)
        label = f"{number} {words.heading()}"
        dots = f"<span class='dots' data-page='{page}'></span>"
        parts.append(Text(f"{label} {page}", markup=f"<span>{label}</span>{dots}"))
    css = ".dots::after { content: leader('.') attr(data-page) } p { margin: 0 0 .3em; text-align: left }"
    return document(words, parts, css)


@style("code-in-columns")
def code_in_columns(words: Words) -> Document:
    """Short listings between the paragraphs of two columns."""
    flowing: list[Part] = []
    for _ in range(2):
        name = words.code_name()
        lines = f"{name}:\n  mode: {words.state()}\n  limit: {words.chance.randint(2, 999)}\n  retry:\n    count: 3"
        shown = Text(lines, "code", markup=f"<pre>{lines}</pre>")
        flowing += [title(words, 2), *paragraphs(words, 2), shown, *paragraphs(words, 1)]
    css = "pre { font: 7.5pt/1.3 'DejaVu Sans Mono'; background: #f2f2f2; padding: 6px; break-inside: avoid }"
    return document(words, [title(words), Group(flowing, "columns: 2; column-gap: 22px")], css)
