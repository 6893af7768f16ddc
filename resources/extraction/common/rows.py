"""An Extraction and a Reading as Arrow rows, and back: one row per file and per picture, nested lists inside."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args, get_origin, get_type_hints

import pyarrow as pa

from codices.resources.extraction.common.model import (
    Block,
    Box,
    Extraction,
    Figure,
    Page,
    Picture,
    Reading,
    Table,
    Word,
)
from codices.resources.foundation.failure_struct import FAILURE
from codices.resources.foundation.failures import Failure

CELLS = pa.list_(pa.list_(pa.string()))
_TYPES = {
    str: pa.string(),
    int: pa.int32(),
    float: pa.float32(),
    bool: pa.bool_(),
    bytes: pa.large_binary(),
    Box: pa.list_(pa.float32()),
    tuple[str, ...]: pa.list_(pa.string()),
    list[str]: pa.list_(pa.string()),
    list[float]: pa.list_(pa.float32()),
    list[list[str | None]]: CELLS,
    Failure: FAILURE,
}


def arrow_struct(value: type) -> pa.StructType:
    """The Arrow struct of one of the dataclasses in the model of extraction: a field for each of its own, so that
    none can be lost on the way through the stage store. Raises KeyError for a type that has no Arrow counterpart."""
    hints = get_type_hints(value)
    return pa.struct([(each.name, _arrow_type(hints[each.name])) for each in dataclasses.fields(value)])


def _arrow_type(hint: Any) -> pa.DataType:
    if hint in _TYPES:
        return _TYPES[hint]
    [inner] = [each for each in get_args(hint) if each is not type(None)]  # X | None, or list[X] of a dataclass
    if get_origin(hint) is list:
        return pa.list_(arrow_struct(inner))
    return _arrow_type(inner)


EXTRACTIONS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("doc_id", pa.string()),  # the document that it was first computed for
        ("media_type", pa.string()),
        ("title", pa.string()),
        ("pages", pa.list_(arrow_struct(Page))),
        ("blocks", pa.list_(arrow_struct(Block))),
        ("tables", pa.list_(arrow_struct(Table))),
        ("figures", pa.list_(arrow_struct(Figure))),
        ("pictures", pa.list_(arrow_struct(Picture))),
        ("draws_in", pa.list_(pa.string())),
        ("warnings", pa.list_(FAILURE)),
        ("failure", FAILURE),
    ]
)
WITHOUT_PIXELS = [
    *(name for name in EXTRACTIONS.names if name != "pictures"),
    *(f"pictures.list.element.{each.name}" for each in dataclasses.fields(Picture) if each.name != "data"),
]
"""Parquet's names of everything but the pixels."""

READINGS = pa.schema([pa.field("fingerprint", pa.string(), nullable=False), *arrow_struct(Reading)])


def extraction_to_table(fingerprint: str, doc_id: str, result: Extraction | Failure) -> pa.Table:
    """One row of the EXTRACTIONS schema, for a result or for the reason why there is none."""
    row: dict[str, Any] = {"fingerprint": fingerprint, "doc_id": doc_id}
    if isinstance(result, Failure):
        row["failure"] = dataclasses.asdict(result)
    else:
        row |= dataclasses.asdict(result)
        row["pictures"] = list(row["pictures"].values())
    return pa.Table.from_pylist([row], schema=EXTRACTIONS)


def pack(result: Extraction | Failure) -> tuple[pa.Table, dict[str, Any]]:
    """The row of a result, of nobody yet (`owned`), and its note. Runs in the worker: what cannot be a row fails there,
    for this document alone."""
    table = extraction_to_table("", "", result)
    return table, extraction_note(result) | {"bytes": table.drop_columns(["pictures"]).nbytes}


def owned(table: pa.Table, fingerprint: str, doc_id: str) -> pa.Table:
    """The row with the fingerprint and the document that it belongs to."""
    table = table.set_column(0, EXTRACTIONS.field(0), pa.array([fingerprint], pa.string()))
    return table.set_column(1, EXTRACTIONS.field(1), pa.array([doc_id], pa.string()))


def extraction_note(result: Extraction | Failure) -> dict[str, Any]:
    """What later stages plan with, without reading the row: links, pictures to read, pages, failure; `pack` adds the
    row's bytes, pictures left out."""
    found = Extraction("") if isinstance(result, Failure) else result
    return {
        "failed": result.kind if isinstance(result, Failure) else None,
        "warnings": len(found.warnings),
        "links": found.draws_in,
        "pages": len(found.pages),
        "text_blocks": len(found.blocks),
        "tables": len(found.tables),
        "figures": len(found.figures),
        "pictures": [[picture.image_id, picture.role] for picture in found.pictures.values()],
    }


def extraction_from_row(row: dict[str, Any]) -> Extraction | Failure:
    """The inverse of `extraction_to_table`, from a row as a dict; pictures have no data where it was not read."""
    if row["failure"] is not None:
        return Failure(**row["failure"])
    pictures = [Picture(**{"data": b"", **_boxed(picture)}) for picture in row.get("pictures") or []]
    return Extraction(
        media_type=row["media_type"],
        title=row["title"],
        pages=[Page(**page) for page in row["pages"]],
        blocks=[Block(**_placed(block)) for block in row["blocks"]],
        tables=[Table(**_placed(table)) for table in row["tables"]],
        figures=[Figure(**_placed(figure)) for figure in row["figures"]],
        pictures={picture.image_id: picture for picture in pictures},
        draws_in=list(row["draws_in"]),
        warnings=[Failure(**warning) for warning in row["warnings"]],
    )


def reading_to_table(fingerprint: str, reading: Reading) -> pa.Table:
    """One row of the READINGS schema."""
    return pa.Table.from_pylist([{"fingerprint": fingerprint, **dataclasses.asdict(reading)}], schema=READINGS)


def reading_from_row(row: dict[str, Any]) -> Reading:
    """The inverse of `reading_to_table`."""
    values = {key: value for key, value in row.items() if key != "fingerprint"}
    values["words"] = [Word(**_boxed(word)) for word in row["words"]]
    values["failure"] = None if row["failure"] is None else Failure(**row["failure"])
    return Reading(**values)


def _boxed(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "box": None if values["box"] is None else tuple(values["box"])}


def _placed(values: dict[str, Any]) -> dict[str, Any]:
    return {**_boxed(values), "heading_path": tuple(values["heading_path"])}
