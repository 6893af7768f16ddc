"""Forms, invoices, data sheets, dark pages."""

from __future__ import annotations

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Cell, Document, Group, Part, Table, Text
from benchmarks.extraction.drawn.charts import figure
from benchmarks.extraction.drawn.registry import captioned, document, paragraphs, style, title
from benchmarks.extraction.drawn.styles.looks import FILLED_HEAD, ROW_RULES, RULED, THREE_RULES
from benchmarks.extraction.drawn.words import Words


@style("form")
def form(words: Words) -> Document:
    """Labels with lines to write on, check boxes; no table."""
    chance = words.chance
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for noun in words.nouns(chance.randint(5, 8)):
        line = Text("", "span", style="flex: 1; border-bottom: 1px solid #333; margin-left: 8px")
        parts.append(Group([Text(f"{noun.capitalize()}:", "span"), line], "display: flex; margin: .7em 0"))
    parts += [Text(words.clause(), "li", bullet="☐") for _ in range(chance.randint(2, 4))]
    parts.append(Text(f"Date and signature of {words.person()}", style="margin-top: 3em; border-top: 1px solid #333"))
    return document(words, parts)


@style("invoice")
def invoice(words: Words) -> Document:
    """Addresses, a few facts, the items with or without rules, sums."""
    chance = words.chance
    maker = [
        f"{words.place()} {words.one(('Ltd', 'GmbH', 'Inc.'))}",
        words.street(),
        f"{words.place()} {chance.randint(10000, 99999)}",
    ]
    buyer = [words.person(), words.street(), f"{words.place()} {chance.randint(10000, 99999)}"]
    pair: list[Part] = [Group([Text(line, style="margin: 0") for line in lines]) for lines in (maker, buyer)]
    addresses = Group(pair, "display: flex; justify-content: space-between; margin-bottom: 1.6em")
    facts = f"Invoice {chance.randint(1000, 99999)}, {words.date()}"
    prices = [(chance.randint(1, 40), chance.randint(200, 90_000) / 100) for _ in range(chance.randint(3, 8))]
    rows = [["Item", "Quantity", "Price", "Amount"]]
    rows += [[words.phrase().capitalize(), str(n), f"{price:.2f}", f"{n * price:,.2f}"] for n, price in prices]
    rows.append(["Total", "", "", f"{sum(n * price for n, price in prices):,.2f}"])
    looks = (("plain", ""), ("rows", ROW_RULES), ("filled rows", FILLED_HEAD + ROW_RULES), ("three", THREE_RULES))
    look, css = words.one(looks)
    items = Table([[Cell(text) for text in row] for row in rows], look=look, style="width: 100%")
    terms = Text(f"Payable within {chance.randint(10, 60)} days to {words.person()}. {words.sentence()}")
    return document(words, [addresses, Text(facts, "h", 2), items, terms], css)


@style("data-sheet")
def data_sheet(words: Words) -> Document:
    """A banner, features beside a drawing, a table of values with their limits."""
    chance = words.chance
    name = f"{words.place()[:3].upper()}{chance.randint(100, 9999)}"
    banner = Group([Text(f"{name} {words.noun()} sensor", "h", 1, style="color: white; margin: 0")],
                   "background: var(--ink); padding: 10px 14px; margin-bottom: 1em")  # fmt: skip
    features: list[Part] = [Text("Features", "h", 3)]
    features += [Text(words.clause(), "li", bullet="•") for _ in range(chance.randint(4, 6))]
    drawn = figure(words, 190, 130, f"Figure 1. {words.heading()}")
    pair = Group([Group(features, "flex: 1"), Group([drawn], "width: 200pt")], "display: flex; gap: 18px")
    limits = []
    for noun in words.nouns(chance.randint(5, 9)):
        values = [f"{value:.1f}" for value in sorted(chance.uniform(0, 9) for _ in range(3))]
        limits.append([noun.capitalize(), f"V{noun[:2]}".upper(), *values, words.unit()])
    rows = [["Parameter", "Symbol", "Min", "Typ", "Max", "Unit"], *limits]
    table = captioned(words, Table([[Cell(text) for text in row] for row in rows]))
    look, css = words.one((("ruled", RULED), ("filled rows", FILLED_HEAD + ROW_RULES), ("three", THREE_RULES)))
    table.look = look
    return document(words, [banner, pair, title(words, 2), table, *paragraphs(words, 1)], css)


DARK = "body {{ color: #e6e6e6; background: {0} }} h1, h2, h3 {{ color: white }}"


@style("dark-page")
def dark_page(words: Words) -> Document:
    """Light letters on a dark page, a table in it."""
    back = words.one(("#15181e", "#1e1e1e", "#0d1b2a", "#2b2b36"))
    table = captioned(words, tables.simple(words))
    look, css = words.one((("ruled", RULED), ("rows", ROW_RULES)))
    table.look = look
    parts = [title(words), *paragraphs(words, 2), table, *paragraphs(words, 1)]
    return document(words, parts, css + DARK.format(back) + ":root { --line: #777 }", dark=back)
