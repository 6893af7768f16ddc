"""Several tables on a page, tables over pages, turned tables and heads, reference grids."""

from __future__ import annotations

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Cell, Document, Group, Part, Table, Text
from benchmarks.extraction.drawn.registry import captioned, document, framed, paragraphs, style, title
from benchmarks.extraction.drawn.styles.looks import FILLED_HEAD, ROW_RULES, RULED, THREE_RULES, ZEBRA
from benchmarks.extraction.drawn.words import Words

LOOKS = (
    ("three", THREE_RULES),
    ("rows", ROW_RULES),
    ("ruled", RULED),
    ("zebra", ZEBRA),
    ("filled rows", FILLED_HEAD + ROW_RULES),
)


def _small(words: Words, look: str, number: int) -> Table:
    table = tables.simple(words, (2, 4), (3, 7))
    table.look, table.style = look, "width: 100%"
    table.caption = f"Table {number}. {words.noun().capitalize()} of {words.place()}"
    return table


@style("side-by-side")
def side_by_side(words: Words) -> Document:
    look, css = words.one(LOOKS)
    gap = words.chance.uniform(14, 34)
    pair = Group([_small(words, look, 1), _small(words, look, 2)], f"display: flex; gap: {gap:.0f}px", "pair")
    css += ".pair > div { flex: 1 } .pair table { font-size: .82em } .pair th, .pair td { padding: 2px 4px }"
    return document(words, [title(words), *paragraphs(words, 2), pair, *paragraphs(words, 2)], css)


@style("stacked")
def stacked(words: Words) -> Document:
    """Tables of the same columns under each other, a heading or only a label between them."""
    look, css = words.one(LOOKS)
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    columns = words.chance.randint(3, 5)
    for _ in range(words.chance.randint(2, 3)):
        table = tables.simple(words, (columns, columns), (3, 6))
        table.look, table.style = look, "width: 100%; table-layout: fixed"
        label = Text(words.heading(), "h", 3) if words.chance.random() < 0.6 else Text(f"{words.heading()}:")
        parts += [label, table]
    return document(words, [*parts, *paragraphs(words, 1)], css + ".captioned { margin-bottom: .6em }")


@style("over-pages-heads")
def over_pages_heads(words: Words) -> Document:
    """The head stands again on every page."""
    look, css = words.one(LOOKS)
    return framed(words, tables.long(words), look, css)


@style("over-pages-plain")
def over_pages_plain(words: Words) -> Document:
    """The head stands on the first page only."""
    look, css = words.one(LOOKS)
    table = tables.long(words)
    table.repeats = False
    return framed(words, table, look, css)


@style("rotated-heads", engines=("chromium",))
def rotated_heads(words: Words) -> Document:
    """Heads of narrow columns that are read from the bottom up."""
    table = tables.simple(words, (5, 7), (5, 10))
    for row in table.rows[1:]:
        for cell in row[1:]:
            cell.text = str(words.chance.randint(0, 999))
    for cell in table.rows[0][1:]:
        cell.text = f"{cell.text.split(' (')[0]} {words.noun()}"
    look, css = words.one((("ruled", RULED), ("rows", ROW_RULES)))
    css += f".{look.split()[0]} th:not(:first-child) {{ writing-mode: vertical-rl; transform: rotate(180deg);"
    css += " white-space: nowrap; vertical-align: bottom; text-align: left }"
    return framed(words, table, look, css)


@style("sideways-page")
def sideways_page(words: Words) -> Document:
    """A page in landscape with a wide table."""
    look, css = words.one(LOOKS)
    table = tables.simple(words, (7, 9), (8, 14))
    drawn = framed(words, table, look, css)
    drawn.page = (drawn.page[1], drawn.page[0])
    return drawn


@style("sideways-table", engines=("chromium",))
def sideways_table(words: Words) -> Document:
    """An upright page on which the table and its caption lie on their side, read from the bottom up."""
    look, css = words.one((("three", THREE_RULES), ("ruled", RULED)))
    table = captioned(words, tables.simple(words, (5, 7), (6, 10)))
    table.look, table.style = look, "width: 100%"
    turning = "transform-origin: 0 0; transform: rotate(-90deg) translateX(-100%)"
    turned = Group([table], f"width: 580px; position: absolute; left: 0; top: 0; {turning}")
    place = Group([turned], "position: relative; height: 580px; margin: 1em 0")
    return document(words, [title(words), *paragraphs(words, 1), place, *paragraphs(words, 1)], css)


@style("reference-grid")
def reference_grid(words: Words) -> Document:
    """A dense page of many short rows, as a manual's list of settings."""
    parts: list[Part] = [title(words)]
    for number in range(words.chance.randint(2, 3)):
        table = captioned(words, tables.described(words, (4, 7)), number + 1)
        table.look = "rows"
        parts += [title(words, 2), *paragraphs(words, 1), table]
    return document(words, parts, ROW_RULES + FILLED_HEAD.replace("filled", "rows"))


@style("statistics")
def statistics(words: Words) -> Document:
    """An office's yearly table: small type, section rows over all columns, notes under it."""
    chance = words.chance
    table = tables.with_totals(words)
    columns = len(table.rows[0])
    for place in (1, 1 + len(table.rows) // 2):
        section = Cell(words.heading(), columns=columns, style="font-weight: bold; padding-top: 6px")
        table.rows.insert(place, [section])
    note = Text(
        f"Source: {words.place()} {words.one(('Statistics', 'Survey', 'Census'))}, {chance.randint(2001, 2024)}.",
        "note",
    )
    look, css = words.one((("three", THREE_RULES), ("rows", ROW_RULES), ("plain", "")))
    table.look, table.style = look, "width: 100%; font-size: 8pt"
    table.caption = f"Table {chance.randint(1, 30)}. {words.heading()}, {chance.randint(1990, 2024)}"
    css += ".note { font-size: 7.5pt; margin-bottom: 1em }"
    return document(words, [title(words, 2), *paragraphs(words, 1), table, note, *paragraphs(words, 2)], css)
