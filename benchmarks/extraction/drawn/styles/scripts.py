"""Prose and a table in other scripts and languages."""

from __future__ import annotations

from benchmarks.extraction.drawn import foreign, tables
from benchmarks.extraction.drawn.blocks import Cell, Document, Part, Table, Text
from benchmarks.extraction.drawn.registry import document, style
from benchmarks.extraction.drawn.styles.looks import FILLED_HEAD, ROW_RULES, RULED, THREE_RULES
from benchmarks.extraction.drawn.words import Words


def _page(words: Words, language: foreign.Language) -> Document:
    chance = words.chance
    columns = chance.randint(3, 5)
    kinds = [chance.choice((0, 1, 3)) for _ in range(columns - 1)]
    names = words.several(list(language.names), chance.randint(4, 8))
    rows = [[*language.heads[:1], *words.several(list(language.heads[1:]), columns - 1)]]
    rows += [[name, *(tables.value(words, kind) for kind in kinds)] for name in names]
    look, css = words.one(
        (("ruled", RULED), ("rows", ROW_RULES), ("three", THREE_RULES), ("filled rows", FILLED_HEAD + ROW_RULES))
    )
    table = Table([[Cell(text) for text in row] for row in rows], look=look, style="width: 100%")
    table.caption = f"{language.table} {chance.randint(1, 9)}: {language.heading(chance)}"
    before = [Text(language.paragraph(chance)) for _ in range(chance.randint(1, 3))]
    after = [Text(language.paragraph(chance)) for _ in range(chance.randint(1, 2))]
    parts: list[Part] = [Text(language.heading(chance), "h", 1), *before, table, *after]
    fonts = f"body, h1, h2, h3 {{ font-family: '{chance.choice(language.fonts)}' }}"
    start = "p { text-align: start } th, td { text-align: start }"
    return document(words, parts, css + fonts + start, language=language.code)


@style("german", kind="script")
def german(words: Words) -> Document:
    return _page(words, foreign.GERMAN)


@style("chinese", kind="script")
def chinese(words: Words) -> Document:
    return _page(words, foreign.CHINESE)


@style("japanese", kind="script")
def japanese(words: Words) -> Document:
    return _page(words, foreign.JAPANESE)


@style("arabic", kind="script")
def arabic(words: Words) -> Document:
    return _page(words, foreign.ARABIC)


@style("hebrew", kind="script")
def hebrew(words: Words) -> Document:
    return _page(words, foreign.HEBREW)
