"""One table in prose, in every look that tables have."""

from __future__ import annotations

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Document, Table
from benchmarks.extraction.drawn.registry import FLOWING, HTML, framed, style
from benchmarks.extraction.drawn.words import Words

RULED = ".ruled th, .ruled td { border: .6px solid var(--line, #444) }"
THREE_RULES = """.three { border-top: 1.1px solid black; border-bottom: 1.1px solid black }
.three thead { border-bottom: .6px solid black } .three th { font-weight: var(--weight, normal) }"""
ZEBRA = (
    ".zebra tbody tr:nth-child(even) td { background: var(--tint) } .zebra th { border-bottom: 1px solid var(--ink) }"
)
FILLED_HEAD = ".filled th { background: var(--ink); color: white }"
ROW_RULES = ".rows td, .rows th { border-bottom: .5px solid #bbb }"


def _any(words: Words) -> Table:
    return words.one((tables.simple, tables.simple, tables.with_totals, tables.described))(words)


@style("three-rule", engines=FLOWING)
def three_rule(words: Words) -> Document:
    weight = words.one(("normal", "bold"))
    return framed(words, _any(words), "three", f":root {{ --weight: {weight} }}" + THREE_RULES)


@style("ruled", engines=FLOWING)
def ruled(words: Words) -> Document:
    line = words.one(("#000", "#555", "#aaa"))
    return framed(words, _any(words), "ruled", f":root {{ --line: {line} }}" + RULED)


@style("zebra", engines=FLOWING)
def zebra(words: Words) -> Document:
    return framed(words, _any(words), "zebra", ZEBRA)


@style("borderless", engines=FLOWING)
def borderless(words: Words) -> Document:
    return framed(words, tables.simple(words), "plain", ".plain th { font-weight: bold }")


@style("row-rules", engines=FLOWING)
def row_rules(words: Words) -> Document:
    return framed(words, _any(words), "rows", ROW_RULES)


@style("shaded-ruled")
def shaded_ruled(words: Words) -> Document:
    css = RULED + ".ruled thead th { background: #d9d9d9 } .ruled td:first-child { background: var(--tint) }"
    if words.chance.random() < 0.5:
        css += ".ruled tbody tr:nth-child(odd) td { background: var(--tint) }"
    return framed(words, _any(words), "ruled", css)


@style("coloured-head", engines=(*HTML, "reportlab"))
def coloured_head(words: Words) -> Document:
    return framed(words, _any(words), "filled rows", FILLED_HEAD + ROW_RULES)


@style("dark-table")
def dark_table(words: Words) -> Document:
    css = ".dark { background: #20242c; color: #e8e8e8 } .dark th { background: #11141a; color: white }"
    css += ".dark td { border-bottom: 1px solid #3a404c }"
    return framed(words, _any(words), "dark", css)


@style("spanning-heads", engines=(*FLOWING, "office"))
def spanning_heads(words: Words) -> Document:
    look, css = words.one((("ruled", RULED), ("three", THREE_RULES), ("filled rows", FILLED_HEAD + ROW_RULES)))
    if look == "three":
        css += ".three thead th[colspan] { border-bottom: .5px solid black }"
    return framed(words, tables.spanning(words), look, css)


@style("two-row-heads")
def two_row_heads(words: Words) -> Document:
    look, css = words.one((("three", THREE_RULES), ("zebra", ZEBRA), ("filled", FILLED_HEAD)))
    return framed(words, tables.two_row_heads(words), look, css)


@style("multi-line-cells", engines=(*HTML, "office"))
def multi_line_cells(words: Words) -> Document:
    table = tables.described(words, (3, 6))
    for row in table.rows[1:]:
        if words.chance.random() < 0.6:
            row[2].text = words.paragraph(2, 3)
    look, css = words.one((("three", THREE_RULES), ("zebra", ZEBRA), ("rows", ROW_RULES), ("ruled", RULED)))
    css += "td {{ vertical-align: {} }}".format(words.one(("top", "middle", "baseline")))
    return framed(words, table, look, css)


@style("empty-cells")
def empty_cells(words: Words) -> Document:
    look, css = words.one((("three", THREE_RULES), ("plain", ""), ("rows", ROW_RULES), ("ruled", RULED)))
    return framed(words, tables.with_empty(words), look, css)


@style("totals", engines=(*HTML, "reportlab"))
def totals(words: Words) -> Document:
    look, css = words.one((("three", THREE_RULES), ("plain", ""), ("zebra", ZEBRA)))
    return framed(words, tables.with_totals(words), look, css)


@style("row-spans", engines=(*HTML, "office"))
def row_spans(words: Words) -> Document:
    look, css = words.one((("ruled", RULED), ("rows", ROW_RULES), ("ruled filled", RULED + FILLED_HEAD)))
    css += "td[rowspan] {{ vertical-align: {} }}".format(words.one(("top", "middle")))
    return framed(words, tables.row_spans(words), look, css)


@style("key-value", engines=(*HTML, "reportlab"))
def key_value(words: Words) -> Document:
    look, css = words.one((("ruled", RULED), ("rows", ROW_RULES), ("plain", ""), ("zebra", ZEBRA)))
    if words.chance.random() < 0.6:
        css += "td:first-child { font-weight: bold }"
    return framed(words, tables.key_values(words), look, css)


@style("word-processor", engines=("office",))
def word_processor(words: Words) -> Document:
    """The looks of tables that a word processor offers."""
    return framed(words, _any(words), "ruled", RULED)
