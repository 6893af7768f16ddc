"""An Extraction and a Reading as Arrow rows, and back: one row per file and per picture, nested lists inside."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa

from resources.extraction.model import (
    Block,
    Extraction,
    Failure,
    Figure,
    Page,
    Picture,
    Reading,
    Table,
    Word,
)

BOX = pa.list_(pa.float32())
CELLS = pa.list_(pa.list_(pa.string()))
STRINGS = pa.list_(pa.string())
FAILURE = pa.struct([("stage", pa.string()), ("kind", pa.string()), ("message", pa.string())])

_PLACE = [("page", pa.int32()), ("box", BOX), ("heading_path", STRINGS), ("order", pa.int32())]
BLOCK = pa.struct(
    [
        ("text", pa.string()),
        ("kind", pa.string()),
        *_PLACE,
        ("size", pa.float32()),
        ("bold", pa.bool_()),
        ("level", pa.int32()),
    ]
)
TABLE = pa.struct(
    [("cells", CELLS), ("html", pa.string()), ("caption", pa.string()), *_PLACE, ("image_id", pa.string())]
)
FIGURE = pa.struct(
    [
        ("image_id", pa.string()),
        ("caption", pa.string()),
        ("alt", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("words", pa.string()),
        ("link", pa.string()),
        *_PLACE,
    ]
)
PAGE = pa.struct(
    [
        ("number", pa.int32()),
        ("width", pa.float32()),
        ("height", pa.float32()),
        ("route", pa.string()),
        ("reason", pa.string()),
        ("image_id", pa.string()),
    ]
)
PICTURE = pa.struct(
    [
        ("image_id", pa.string()),
        ("role", pa.string()),
        ("data", pa.large_binary()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("page", pa.int32()),
        ("box", BOX),
    ]
)
EXTRACTIONS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("doc_id", pa.string()),  # the document that it was first computed for
        ("media_type", pa.string()),
        ("title", pa.string()),
        ("pages", pa.list_(PAGE)),
        ("blocks", pa.list_(BLOCK)),
        ("tables", pa.list_(TABLE)),
        ("figures", pa.list_(FIGURE)),
        ("pictures", pa.list_(PICTURE)),
        ("draws_in", STRINGS),
        ("warnings", pa.list_(FAILURE)),
        ("failure", FAILURE),
    ]
)
WITHOUT_PIXELS = [name for name in EXTRACTIONS.names if name != "pictures"]

WORD = pa.struct([("text", pa.string()), ("confidence", pa.float32()), ("box", BOX), ("line", pa.int32())])
READINGS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("image_id", pa.string()),
        ("words", pa.list_(WORD)),
        ("text", pa.string()),
        ("confidence", pa.float32()),
        ("rotation", pa.int32()),
        ("cells", CELLS),
        ("html", pa.string()),
        ("failure", FAILURE),
    ]
)


def extraction_to_table(fingerprint: str, doc_id: str, result: Extraction | Failure) -> pa.Table:
    """One row of the EXTRACTIONS schema, for a result or for the reason why there is none."""
    row: dict[str, Any] = {"fingerprint": fingerprint, "doc_id": doc_id}
    if isinstance(result, Failure):
        row["failure"] = dataclasses.asdict(result)
    else:
        row |= dataclasses.asdict(result)
        row["pictures"] = list(row["pictures"].values())
    return pa.Table.from_pylist([row], schema=EXTRACTIONS)


def extraction_from_row(row: dict[str, Any]) -> Extraction | Failure:
    """The inverse of `extraction_to_table`, from a row as a dict; without pictures when that column was not read."""
    if row["failure"] is not None:
        return Failure(**row["failure"])
    pictures = [Picture(**_boxed(picture)) for picture in row.get("pictures") or []]
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
