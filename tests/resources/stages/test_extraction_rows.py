"""Extractions and readings survive the stage store as they were."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa

from codices.resources.extraction.common import model
from codices.resources.extraction.common.rows import (
    EXTRACTIONS,
    extraction_from_row,
    extraction_to_table,
    reading_from_row,
    reading_to_table,
)

FAILURE = model.Failure("extraction", "timeout", "took longer than 120 s")


def filled(kind: type, **known: Any) -> Any:
    """An instance in which no field has its default."""
    examples = {"int": 7, "float": 0.5, "bool": True, "str": "words"}
    values = {each.name: examples.get(str(each.type).split(" |")[0]) for each in dataclasses.fields(kind)}
    return kind(**{**values, **{key: value for key, value in known.items() if key in values}})


PLACE = {"box": (0.25, 0.5, 0.75, 1.0), "heading_path": ("Guide", "Ports")}


def test_every_field_of_an_extraction_comes_back():
    extraction = model.Extraction(
        media_type="application/pdf",
        title="Guide",
        pages=[filled(model.Page)],
        blocks=[filled(model.Block, **PLACE)],
        tables=[filled(model.Table, cells=[["a", None], ["", "b"]], **PLACE)],
        figures=[filled(model.Figure, **PLACE)],
        pictures={"words": filled(model.Picture, data=b"\x89PNG", **PLACE)},
        draws_in=["images/a.png"],
        warnings=[FAILURE],
    )
    [row] = extraction_to_table("fp", "doc", extraction).to_pylist()
    assert extraction_from_row(row) == extraction


def test_a_failure_comes_back_as_a_failure():
    table = extraction_to_table("fp", "doc", FAILURE)
    assert table.schema == EXTRACTIONS
    assert extraction_from_row(table.to_pylist()[0]) == FAILURE


def test_every_field_of_a_reading_comes_back():
    word = model.Word("port", 91.5, (0.0, 0.25, 0.5, 0.75), 3)
    reading = filled(model.Reading, words=[word], cells=[["port", None]], failure=FAILURE)
    table = reading_to_table("fp", reading)
    assert reading_from_row(pa.Table.from_batches(table.to_batches()).to_pylist()[0]) == reading
