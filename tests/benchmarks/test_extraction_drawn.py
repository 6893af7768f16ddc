from __future__ import annotations

import random

import numpy as np
import pypdfium2
import pytest

from benchmarks.extraction.drawn import camera, tables
from benchmarks.extraction.drawn.blocks import Cell, Document, Table, Text, text_of
from benchmarks.extraction.drawn.charts import figure
from benchmarks.extraction.drawn.draw import print_with
from benchmarks.extraction.drawn.styles import STYLES
from benchmarks.extraction.drawn.words import Words
from benchmarks.extraction.score import word_recall

SPANNED = Table(
    [[Cell("Site", rows=2), Cell("Load", columns=2)], [Cell("plan"), Cell("actual")], [Cell("A"), Cell("1"), Cell("2")]]
)


@pytest.mark.parametrize("name", STYLES)
def test_a_seed_gives_the_same_document_again_and_another_seed_another(name):
    one, again, other = (STYLES[name].compose(Words(random.Random(seed))) for seed in (1001, 1001, 1002))
    assert one == again
    assert text_of(one, True) != text_of(other, True)
    assert all(len({len(row) for row in leaf.grid()}) == 1 for leaf in one.leaves() if isinstance(leaf, Table))


def test_a_place_that_a_span_covers_is_none():
    assert SPANNED.grid() == [["Site", "Load", None], [None, "plan", "actual"], ["A", "1", "2"]]


@pytest.mark.parametrize("engine", ["reportlab", "typst"])
def test_the_truth_stands_on_the_page_where_its_boxes_say(engine):
    words = Words(random.Random(7))
    table = tables.spanning(words)
    picture = figure(words, 300, 140, "Figure 1. A chart")
    parts = [Text("Head", "h", 1), Text(words.paragraph()), table, Text(words.paragraph()), picture]
    data, truth = print_with(engine, Document(parts), random.Random(7))
    page = pypdfium2.PdfDocument(data)[0]
    assert word_recall(truth["texts"][-1], page.get_textpage().get_text_range()) > 0.97  # hyphens at ends of lines
    [found] = truth["tables"]
    inside = _text_in(page, found["bbox"])
    assert all(cell in inside for row in found["cells"] for cell in row if cell)
    assert "Head" not in inside
    [box] = [each["bbox"] for each in truth["figures"]]
    wide, tall = (box[2] - box[0]) * page.get_width(), (box[3] - box[1]) * page.get_height()
    assert (wide, tall) == (pytest.approx(300, abs=3), pytest.approx(140, abs=3))


def test_a_table_over_pages_has_on_each_the_rows_that_stand_there():
    table = tables.long(Words(random.Random(3)), (80, 80))
    data, truth = print_with("reportlab", Document([table]), random.Random(3))
    parts, pages = truth["tables"], pypdfium2.PdfDocument(data)
    assert len(parts) == len(pages) > 1
    assert [part["cells"][0] for part in parts] == [table.grid()[0]] * len(parts)
    assert [row for part in parts for row in part["cells"][1:]] == table.grid()[1:]
    for part, page in zip(parts, pages, strict=True):
        assert part["cells"][-1][0] in _text_in(page, part["bbox"])


@pytest.mark.parametrize("taken", [camera.scan, camera.photo])
def test_boxes_move_with_the_page(taken):
    page = np.full((1000, 800, 3), 255, np.uint8)
    page[300:500, 200:600] = 0
    shot = taken(page, random.Random(5))
    box = shot.moved((0.25, 0.3, 0.75, 0.5))
    dark = shot.pixels[..., 1] < 30  # a desk is lighter
    rows, columns = np.nonzero(dark.mean(axis=1) > 0.2)[0], np.nonzero(dark.mean(axis=0) > 0.08)[0]
    height, width = dark.shape
    seen = (columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height)
    assert seen == pytest.approx(box, abs=0.03)


def _text_in(page: pypdfium2.PdfPage, box: list[float]) -> str:
    width, height = page.get_size()
    return page.get_textpage().get_text_bounded(
        left=box[0] * width - 2,
        bottom=(1 - box[3]) * height - 2,
        right=box[2] * width + 2,
        top=(1 - box[1]) * height + 2,
    )
