"""Elements in unstructured's JSON, in and out, told by unstructured's own reading and writing of them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from PIL import Image
from unstructured.documents.coordinates import PixelSpace, PointSpace
from unstructured.documents.elements import (
    CoordinatesMetadata,
    Element,
    ElementMetadata,
    Footer,
    ListItem,
    NarrativeText,
    Table,
    Title,
)
from unstructured.staging.base import elements_from_dicts, elements_to_dicts, elements_to_json, elements_to_ndjson

from codices.resources.extraction.common.media_types import ELEMENTS, JSON
from codices.resources.extraction.common.model import Block, Extraction, Page
from codices.resources.extraction.with_unstructured.elements_out import elements_of
from tests.resources.extraction.files import parsed, png, written


def placed(page: int, points: tuple[tuple[float, float], ...], system: PixelSpace | PointSpace, **more: object):
    return ElementMetadata(page_number=page, coordinates=CoordinatesMetadata(points, system), **more)  # type: ignore[arg-type]


@pytest.fixture
def of_their_tools() -> list[Element]:
    """A page and a half, as their reader of PDF leaves it: corners from the top left, and from the bottom left."""
    pixels, points = PixelSpace(width=1000, height=2000), PointSpace(width=500, height=1000)
    title = Title("Cooling circuit", element_id="t1", metadata=placed(1, ((100, 200), (900, 300)), pixels))
    part = Title("Pumps", element_id="t2", metadata=ElementMetadata(page_number=1, category_depth=1, parent_id="t1"))
    return [
        title,
        part,
        NarrativeText(
            "Two pumps share the load.",
            element_id="n1",
            metadata=placed(1, ((50, 900), (450, 900), (450, 800), (50, 800)), points, parent_id="t2"),
        ),
        ListItem("P-101 runs", element_id="l1", metadata=ElementMetadata(page_number=1, parent_id="t2")),
        Table(
            "pump bar P-101 4.5",
            element_id="b1",
            metadata=ElementMetadata(
                page_number=2,
                parent_id="t2",
                text_as_html="<table><tr><th>pump</th><th>bar</th></tr><tr><td>P-101</td><td>4.5</td></tr></table>",
            ),
        ),
        Footer("page 2", element_id="f1", metadata=ElementMetadata(page_number=2)),
    ]


@pytest.mark.parametrize("lines", [False, True], ids=["json", "ndjson"])
def test_a_file_that_their_tools_wrote_is_a_document(tmp_path: Path, of_their_tools: list[Element], lines: bool):
    file = tmp_path / ("elements.ndjson" if lines else "elements.json")
    if lines:
        elements_to_ndjson(of_their_tools, filename=str(file))
    else:
        elements_to_json(of_their_tools, filename=str(file))
    found = parsed(file)
    assert found.media_type == ELEMENTS
    assert [(block.kind, block.text, block.page, block.heading_path) for block in found.blocks] == [
        ("title", "Cooling circuit", 1, ()),
        ("title", "Pumps", 1, ("Cooling circuit",)),
        ("text", "Two pumps share the load.", 1, ("Cooling circuit", "Pumps")),
        ("list_item", "P-101 runs", 1, ("Cooling circuit", "Pumps")),
        ("footer", "page 2", 2, ()),
    ]
    assert found.blocks[0].box == pytest.approx((0.1, 0.1, 0.9, 0.15))
    assert found.blocks[2].box == pytest.approx((0.1, 0.1, 0.9, 0.2)), "its y grows upwards"
    [table] = found.tables
    assert (table.cells, table.page) == ([["pump", "bar"], ["P-101", "4.5"]], 2)
    assert table.heading_path == ("Cooling circuit", "Pumps")


def test_other_json_stays_what_it_is(tmp_path: Path):
    for number, content in enumerate(({"type": "pump", "element_id": 3}, [{"type": "a", "size": 1}], [{"text": "b"}])):
        found = parsed(written(tmp_path, f"{number}.json", json.dumps(content)))
        assert {block.kind for block in found.blocks} == {"code"}
    assert parsed(written(tmp_path, "a.json", '[{"type": "pump"}]')).media_type == JSON


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Cooling circuit", 1)
    document.add_paragraph("Two pumps share the load.")
    document.add_heading("Parts", 2)
    document.add_paragraph("Impeller", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip([*table.rows[0].cells, *table.rows[1].cells], ("pump", "bar", "P-101", "4.5"), strict=True):
        cell.text = text
    document.add_picture(io.BytesIO(png()))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_what_is_written_is_what_they_read_and_what_is_read_again(tmp_path: Path):
    before = parsed(written(tmp_path, "report.docx", word_document()))
    out = elements_of(before, "manuals/report.docx")
    theirs = elements_from_dicts(out)
    assert json.loads(json.dumps(elements_to_dicts(theirs))) == out, "nothing is dropped or changed on the way"
    assert [element.category for element in theirs] == [
        "Title", "NarrativeText", "Title", "ListItem", "Table", "Image",
    ]  # fmt: skip
    assert theirs[1].metadata.parent_id == theirs[0].id
    assert (theirs[0].metadata.filename, theirs[0].metadata.file_directory) == ("report.docx", "manuals")
    elements_to_json(theirs, filename=str(tmp_path / "report.json"))
    after = parsed(tmp_path / "report.json")
    for part in ("blocks", "tables"):
        assert [vars(each) for each in getattr(after, part)] == [vars(each) for each in getattr(before, part)]
    [picture] = after.pictures.values()
    assert Image.open(io.BytesIO(picture.data)).tobytes() == Image.open(io.BytesIO(png())).tobytes()
    assert [figure.image_id for figure in after.figures] == [figure.image_id for figure in before.figures]


@pytest.mark.parametrize("size", [(595, 842), (0, 0)], ids=["known size", "unknown size"])
def test_coordinates_and_pages_come_back(tmp_path: Path, size: tuple[int, int]):
    before = Extraction("application/pdf", pages=[Page(2, *size, "text")])
    before.blocks = [Block("Two pumps", page=2, box=(0.125, 0.25, 0.5, 0.375), order=1)]
    [theirs] = elements_from_dicts(elements_of(before, "a.pdf"))
    elements_to_json([theirs], filename=str(tmp_path / "a.json"))
    [after] = parsed(tmp_path / "a.json").blocks
    assert after.page == 2
    assert after.box == pytest.approx((0.125, 0.25, 0.5, 0.375), abs=0.001)
    theirs.convert_coordinates_to_new_system(PixelSpace(width=800, height=400))
    assert theirs.metadata.coordinates is not None
    corners = theirs.metadata.coordinates.points
    assert corners is not None
    assert [tuple(map(round, corner)) for corner in corners] == [(100, 100), (100, 150), (400, 150), (400, 100)]
