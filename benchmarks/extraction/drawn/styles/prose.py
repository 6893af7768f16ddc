"""Pages without a table that are easily taken for one, and prose in every arrangement."""

from __future__ import annotations

from benchmarks.extraction.drawn.blocks import Document, Group, Part, Text
from benchmarks.extraction.drawn.registry import HTML, document, paragraphs, style, title
from benchmarks.extraction.drawn.words import Words


def _columns(words: Words, count: int) -> Document:
    chance = words.chance
    flowing: list[Part] = []
    for _ in range(chance.randint(2, 4)):
        flowing += [title(words, 2), *paragraphs(words, chance.randint(2, 3))]
    gap, rule = chance.uniform(12, 26), chance.choice(("none", "none", "0.5px solid #999"))
    columns = Group(flowing, f"columns: {count}; column-gap: {gap:.0f}px; column-rule: {rule}")
    return document(words, [title(words), *paragraphs(words, chance.randint(0, 1)), columns])


@style("columns-2")
def columns_2(words: Words) -> Document:
    return _columns(words, 2)


@style("columns-3")
def columns_3(words: Words) -> Document:
    return _columns(words, 3)


@style("columns-4")
def columns_4(words: Words) -> Document:
    return _columns(words, 4)


@style("sidebar")
def sidebar(words: Words) -> Document:
    """A main column and a narrow one beside it, filled or ruled off."""
    chance = words.chance
    main = Group([part for _ in range(3) for part in (title(words, 2), *paragraphs(words, 2))], "flex: 2.4")
    notes: list[Part] = [Text(words.heading(), "h", 3)]
    notes += [Text(words.clause(), "li", bullet="•") for _ in range(chance.randint(3, 6))]
    notes += [Text(words.heading(), "h", 3), Text(words.paragraph(2, 3))]
    look = chance.choice(("background: var(--tint); padding: 10px", "border-left: 1px solid #999; padding-left: 10px"))
    side = Group(notes, f"flex: 1; font-size: .88em; {look}")
    pair: list[Part] = [main, side] if chance.random() < 0.6 else [side, main]
    return document(words, [title(words), Group(pair, "display: flex; gap: 20px; align-items: flex-start")])


@style("cards")
def cards(words: Words) -> Document:
    """Filled boxes in a grid, each with a heading, a number and a sentence."""
    chance = words.chance
    across = chance.randint(2, 3)
    look = chance.choice(
        (
            "background: var(--tint)",
            "border: 1px solid #bbb; border-radius: 6px",
            "background: var(--ink); color: white",
        )
    )
    grid: list[Part] = []
    for _ in range(across * 2):
        inside: list[Part] = [Text(words.noun().capitalize(), "h", 3, style="color: inherit; margin: 0 0 4px")]
        if chance.random() < 0.5:
            inside.append(Text(f"{chance.randint(2, 980)} {words.unit()}", style="font-size: 1.5em; margin: 0 0 4px"))
        inside.append(Text(words.sentence(), style="margin: 0"))
        grid.append(Group(inside, f"{look}; padding: 10px"))
    cards = Group(grid, f"display: grid; grid-template-columns: repeat({across}, 1fr); gap: 12px; margin: 1em 0")
    return document(words, [title(words), *paragraphs(words, 1), cards, title(words, 2), *paragraphs(words, 2)])


@style("call-outs")
def call_outs(words: Words) -> Document:
    chance = words.chance
    parts: list[Part] = [title(words)]
    for _ in range(chance.randint(2, 4)):
        kind = words.one(("Note", "Warning", "Tip", "Important"))
        look = chance.choice(
            ("border-left: 4px solid var(--ink)", "border: 1px solid var(--ink)", "border-radius: 6px")
        )
        inside: list[Part] = [
            Text(kind, style="font-weight: bold; margin: 0 0 3px"),
            Text(words.paragraph(1, 2), style="margin: 0"),
        ]
        parts += [
            *paragraphs(words, 1),
            Group(inside, f"background: var(--tint); padding: 8px 12px; margin: 0 0 1em; {look}"),
        ]
    return document(words, parts)


@style("lists-in-columns")
def lists_in_columns(words: Words) -> Document:
    chance = words.chance
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for _ in range(2):
        bullet = words.one(("•", "\u2013", "■", "1."))
        long = chance.random() < 0.5
        items: list[Part] = []
        for number in range(chance.randint(6, 12)):
            mark = f"{number + 1}." if bullet == "1." else bullet
            items.append(Text(words.clause() if long else words.phrase(), "li", bullet=mark))
        parts += [title(words, 2), Group(items, f"columns: {chance.randint(2, 3)}; margin-bottom: 1em")]
    return document(words, [*parts, *paragraphs(words, 1)], ".li { break-inside: avoid }")


@style("contents")
def contents(words: Words) -> Document:
    """A table of contents: leaders of dots, page numbers at the right edge."""
    chance = words.chance
    parts: list[Part] = [Text("Contents", "h", 1)]
    page = 1
    for chapter in range(1, chance.randint(5, 8)):
        for section in range(chance.randint(2, 4)):
            page += chance.randint(1, 9)
            label = f"{chapter} {words.heading()}" if section == 0 else f"{chapter}.{section} {words.heading()}"
            dots = "." * chance.randint(12, 40) if section else ""
            inside: list[Part] = [Text(label, "span"), Text(str(page), "span")]
            indent = (
                f"padding-left: {18 if section else 0}px; {'' if section else 'font-weight: bold; margin-top: 5px'}"
            )
            if dots:
                inside.insert(1, Text("", "span", style="flex: 1; border-bottom: 1px dotted #555; margin: 0 5px 3px"))
            else:
                inside.insert(1, Text("", "span", style="flex: 1"))
            parts.append(Group(inside, f"display: flex; {indent}", "entry"))
    return document(words, parts)


@style("letter")
def letter(words: Words) -> Document:
    """Address blocks beside each other, a date, a letter."""
    chance = words.chance

    def address() -> list[Part]:
        town = f"{words.place()} {chance.randint(10000, 99999)}"
        lines = (words.person(), f"{words.place()} {words.one(('Ltd', 'Works', 'Council'))}", words.street(), town)
        return [Text(line, style="margin: 0") for line in lines]

    pair: list[Part] = [Group(address()), Group(address(), "text-align: {}".format(words.one(("left", "right"))))]
    heads = Group(pair, "display: flex; justify-content: space-between; margin-bottom: 2em")
    parts = [heads, Text(words.date()), Text(f"Subject: {words.heading()}", style="font-weight: bold")]
    parts += [Text(f"Dear {words.person()},"), *paragraphs(words, 3), Text("Yours sincerely,"), Text(words.person())]
    return document(words, parts)


@style("footnotes")
def footnotes(words: Words) -> Document:
    chance = words.chance
    parts: list[Part] = [title(words)]
    notes: list[Part] = []
    for number in range(1, chance.randint(3, 5)):
        text = words.paragraph()
        parts.append(Text(f"{text}{number}", markup=f"{text}<sup style='font-size: .65em'>{number}</sup>"))
        note = words.sentence()
        notes.append(Text(f"{number} {note}", "note", markup=f"<sup style='font-size: .7em'>{number}</sup> {note}"))
    rule = "border-top: .5px solid black; width: 100%; padding-top: 4px; margin-top: 2em; font-size: .82em"
    return document(words, [*parts, Group(notes, rule)])


@style("glossary")
def glossary(words: Words) -> Document:
    """Terms at the left, what they mean beside them: hanging indents, no table."""
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for _ in range(words.chance.randint(5, 9)):
        parts.append(Text(words.phrase().capitalize(), style="font-weight: bold; margin: 0"))
        parts.append(Text(words.paragraph(1, 2), style="margin: 0 0 .6em 2em"))
    return document(words, parts)


@style("plain-prose", engines=(*HTML, "office", "reportlab", "typst"))
def plain_prose(words: Words) -> Document:
    """Headings and paragraphs over several pages."""
    parts = [part for level in (1, 2, 2, 2, 2) for part in (title(words, level), *paragraphs(words, 4))]
    return document(words, parts)


@style("quotes-and-lists")
def quotes_and_lists(words: Words) -> Document:
    chance = words.chance
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for number in range(1, 4):
        parts.append(title(words, 2))
        parts += [Text(words.clause(), "li", bullet=f"{number}.{item}") for item in range(1, chance.randint(3, 6))]
        parts.append(Text(words.paragraph(1, 2), style="margin: 0 2em 1em; font-style: italic"))
        parts += paragraphs(words, 1)
    return document(words, parts)
