"""A drawn document's truth, in the shape that `benchmarks.extraction.score` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.extraction.drawn.blocks import Document, Figure, Table, Text, text_of
from benchmarks.extraction.drawn.marks import Box

Found = dict[int, list[tuple[int, Box, list[int]]]]


@dataclass(frozen=True)
class Drawn:
    """One document: its file's bytes and suffix, and `truth`.

    `{"doc_id", "file", "format", "style", "seed", "engine", "pages", "text", "texts", "tables", "figures", "code"}`;
    `texts` are the versions of the text that are right (with a figure's own words and without), `text` the first.
    Boxes are fractions of the page, origin top left, or None where the engine does not tell them.
    """

    data: bytes
    suffix: str
    truth: dict[str, Any]


def truth_of(document: Document, pages: int, found: Found | None) -> dict[str, Any]:
    """`found` as `marks.find` gives it, or None where boxes are not known.

    A table over several pages has a part for each: the rows that stand there, and a `flow` that the parts share.
    Raises ValueError where a table or figure was not found in the twin.
    """
    tables: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    for leaf in document.marked():
        places = [(1 if pages == 1 else None, None, [])] if found is None else found.get(leaf.number, [])
        if not places:
            raise ValueError(f"mark {leaf.number} is nowhere on the pages")
        if isinstance(leaf, Figure):
            figures += [{"page": page, "bbox": box, "caption": leaf.caption} for page, box, _ in places]
        else:
            tables += [_table(leaf, page, box, rows, len(places)) for page, box, rows in places]
    versions = list(dict.fromkeys(text_of(document, figure_words) for figure_words in (True, False)))
    code = [leaf.text for leaf in document.leaves() if isinstance(leaf, Text) and leaf.kind == "code"]
    return {"pages": pages, "text": versions[0], "texts": versions, "tables": tables, "figures": figures, "code": code}


def _table(table: Table, page: int | None, box: Box | None, rows: list[int], parts: int) -> dict[str, Any]:
    grid = table.grid()
    cells = [grid[row] for row in rows] if parts > 1 else grid
    return {
        "page": page,
        "bbox": box,
        "cells": cells,
        "caption": table.caption,
        "flow": table.number if parts > 1 else None,
        "whole": grid if parts > 1 else None,
    }
