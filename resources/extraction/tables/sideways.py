"""Tables that stand sideways on an upright page: their words and rules are turned upright, read as any other, and put
back in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.pdf_objects import PageObjects
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.evidence import ACCEPT
from codices.resources.extraction.tables.pdf_tables import (
    FoundTable,
    find_candidates,
    join_cut_tables,
    ruled_tables,
    upwards,
)

MIN_WORDS = 8  # turned by a quarter; fewer are heads or labels

Turn = Callable[[Box], Box]


def sideways_tables(objects: PageObjects, words: Sequence[TextWord], size: tuple[float, float]) -> list[FoundTable]:
    """The tables among words that are turned by a quarter; boxes in points of the page, whose width and height
    `size` is."""
    found: list[FoundTable] = []
    for angle in (90, 270):
        turned = [word for word in words if abs(word.angle - angle) <= 10]
        if len(turned) >= MIN_WORDS:
            found += _read(objects, turned, size, upwards(turned))
    return found


def _read(
    objects: PageObjects, words: Sequence[TextWord], size: tuple[float, float], upwards: bool
) -> list[FoundTable]:
    width, height = size

    def turn(box: Box) -> Box:
        x0, y0, x1, y1 = box
        return (height - y1, x0, height - y0, x1) if upwards else (y0, width - x1, y1, width - x0)

    def back(box: Box) -> Box:
        x0, y0, x1, y1 = box
        return (y0, height - x1, y1, height - x0) if upwards else (width - y1, x0, width - y0, x1)

    upright = [replace(word, box=turn(word.box), angle=0) for word in words]
    original = {id(new): old for new, old in zip(upright, words, strict=True)}
    seen = _turned_objects(objects, turn)
    tables = ruled_tables(seen, upright, (height, width))
    candidates = find_candidates(seen, upright, [], [table.box for table in tables], (height, width))
    tables += [candidate.table for candidate in candidates if candidate.probability >= ACCEPT]
    return [
        FoundTable(back(table.box), table.cells, [original[id(word)] for word in table.words])
        for table in join_cut_tables(tables)
    ]


def _turned_objects(objects: PageObjects, turn: Turn) -> PageObjects:
    across = [turn((x0, y, x1, y)) for y, x0, x1 in objects.horizontal]
    down = [turn((x, y0, x, y1)) for x, y0, y1 in objects.vertical]
    return PageObjects(
        horizontal=[(box[1], box[0], box[2]) for box in down],
        vertical=[(box[0], box[1], box[3]) for box in across],
        shapes=[turn(box) for box in objects.shapes],
    )
