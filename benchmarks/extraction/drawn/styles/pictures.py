"""Figures and where their captions stand; code; equations."""

from __future__ import annotations

from html import escape

from benchmarks.extraction.drawn import tables
from benchmarks.extraction.drawn.blocks import Document, Group, Part, Text
from benchmarks.extraction.drawn.charts import figure
from benchmarks.extraction.drawn.registry import HTML, captioned, document, paragraphs, style, title
from benchmarks.extraction.drawn.styles.looks import THREE_RULES
from benchmarks.extraction.drawn.words import Words


def _caption(words: Words, number: int) -> str:
    return f"{words.one(('Figure', 'Figure', 'Fig.'))} {number}{words.one(('.', ':'))} {words.heading()}"


def _page(words: Words, place: str, wide: tuple[int, int]) -> Document:
    chance = words.chance
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for number in range(1, chance.randint(2, 3)):
        drawn = figure(words, chance.randint(*wide), chance.randint(120, 190), _caption(words, number), place)
        parts += [drawn, *paragraphs(words, 1)]
    return document(words, parts)


@style("caption-below", engines=(*HTML, "reportlab", "office", "typst"))
def caption_below(words: Words) -> Document:
    return _page(words, "below", (220, 420))


@style("caption-above")
def caption_above(words: Words) -> Document:
    return _page(words, "above", (220, 420))


@style("caption-beside")
def caption_beside(words: Words) -> Document:
    return _page(words, "beside", (200, 280))


@style("figure-in-column")
def figure_in_column(words: Words) -> Document:
    chance = words.chance
    flowing: list[Part] = []
    for number in (1, 2):
        drawn = figure(words, chance.randint(170, 205), chance.randint(110, 150), _caption(words, number))
        flowing += [title(words, 2), *paragraphs(words, 2), drawn, *paragraphs(words, 1)]
    return document(words, [title(words), Group(flowing, "columns: 2; column-gap: 20px")])


@style("figures-side-by-side")
def figures_side_by_side(words: Words) -> Document:
    chance = words.chance
    wide, tall = chance.randint(180, 215), chance.randint(115, 160)
    pair: list[Part] = [figure(words, wide, tall, _caption(words, number)) for number in (1, 2)]
    row = Group(pair, f"display: flex; gap: {chance.randint(10, 30)}px; margin: 1em 0")
    return document(words, [title(words), *paragraphs(words, 2), row, *paragraphs(words, 2)])


@style("figure-and-table", engines=(*HTML, "typst", "reportlab"))
def figure_and_table(words: Words) -> Document:
    table = captioned(words, tables.simple(words))
    table.look = "three"
    drawn = figure(words, words.chance.randint(240, 380), words.chance.randint(120, 170), _caption(words, 1))
    both: list[Part] = [drawn, *paragraphs(words, 1), table]
    if words.chance.random() < 0.5:
        both.reverse()
    return document(words, [title(words), *paragraphs(words, 1), *both], THREE_RULES)


def code(words: Words) -> str:
    """Ten to twenty lines of a program or of settings, indented."""
    chance, name = words.chance, words.code_name()
    if chance.random() < 0.35:
        lines = [f"{words.code_name()}:"]
        for _ in range(chance.randint(3, 5)):
            lines += [
                f"  {words.code_name()}:",
                f"    limit: {chance.randint(1, 512)}",
                f"    mode: {words.state()}  # {words.noun()}",
            ]
        return "\n".join(lines)
    lines = [f"def {name}(items, limit={chance.randint(2, 99)}):", f'    """{words.clause()}."""', "    total = 0"]
    for _ in range(chance.randint(2, 3)):
        item = words.noun().split()[0]
        lines += [
            f"    for {item} in items:",
            f"        if {item} > limit:",
            f"            total += {item} * {chance.randint(2, 9)}",
        ]
        lines += ["        else:", f'            log("{words.phrase()}", {item})']
    return "\n".join([*lines, "    return total"])


def _listing(words: Words, css: str) -> Document:
    parts: list[Part] = [title(words), *paragraphs(words, 1)]
    for _ in range(words.chance.randint(1, 2)):
        text = code(words)
        shown = Text(text, "code", markup=f"<pre style='margin: 0'>{escape(text)}</pre>", style=css)
        parts += [shown, *paragraphs(words, 1)]
    font = words.one(("DejaVu Sans Mono", "Liberation Mono"))
    return document(words, parts, f"pre {{ font: {words.chance.uniform(7.5, 9):.1f}pt/1.35 '{font}' }}")


@style("code-framed")
def code_framed(words: Words) -> Document:
    look = words.one(
        ("border: 1px solid #999", "background: #f3f3f3", "background: #f7f7f9; border-left: 3px solid var(--ink)")
    )
    return _listing(words, f"{look}; padding: 8px; margin-bottom: 1em")


@style("code-plain")
def code_plain(words: Words) -> Document:
    return _listing(words, f"margin: 0 0 1em {words.chance.choice((0, 16, 30))}px")


@style("equations", engines=("typst",))
def equations(words: Words) -> Document:
    """Displayed formulas between paragraphs, small ones in lines."""
    chance = words.chance
    parts: list[Part] = [title(words)]
    for _ in range(chance.randint(3, 5)):
        letter, other = words.one("abcpqr"), words.one("xyzuvw")
        n = chance.randint(2, 9)
        shown, right = words.one(
            (
                (f"$ {letter} = {n} {other} + {n + 1} $", f"{letter} = {n}{other} + {n + 1}"),
                (f"$ {other}_{n} = {letter} - {n} $", f"{other}{n} = {letter} - {n}"),
                (f"$ {letter}({other}) = {other}^{n} + {n} $", f"{letter}({other}) = {other}{n} + {n}"),
            )
        )
        parts += [*paragraphs(words, 1), Text(right, "formula", markup=shown)]
    return document(words, [*parts, *paragraphs(words, 1)])


@style("paper", engines=("typst",))
def paper(words: Words) -> Document:
    """Two columns of justified type, an abstract over both, three-rule tables in a column."""
    chance = words.chance
    flowing: list[Part] = []
    for number in (1, 2):
        table = tables.simple(words, (2, 4), (4, 7))
        table.look, table.caption, table.below = "three", f"Table {number}: {words.heading()}", chance.random() < 0.3
        flowing += [title(words, 2), *paragraphs(words, 2), table, *paragraphs(words, 2)]
    return document(words, [title(words), Text(words.paragraph(4, 6)), Group(flowing, look="columns-2")])
