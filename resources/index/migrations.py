"""Older tables made into those that schema.py declares. Runs by itself when an index is opened for writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from codices.resources.index.errors import TableDamaged
from codices.resources.index.schema import SCHEMA_VERSION, UNSPACED_TEXT, VERSION_KEY, Table, dimension_of, metadata_of
from codices.resources.index.unspaced import unspaced

if TYPE_CHECKING:
    from lancedb.table import LanceTable


def _call_image_vector_a_tensor(table: LanceTable) -> None:
    """The name of a type is metadata of its column: no row is written, and indexes stand."""
    if "image_vector" in table.schema.names:
        dimension = dimension_of(table.schema.field("image_vector").type)
        named: dict[str, str | None] = {
            "ARROW:extension:name": "arrow.fixed_shape_tensor",
            "ARROW:extension:metadata": f'{{"shape":[{dimension}]}}',  # to the byte as Arrow writes it: Lance compares
        }
        table.to_lance().update_field_metadata({"image_vector": named})
        table.checkout_latest()


def _take_unspaced_words_apart(table: LanceTable) -> None:
    """From `text` to a file of its own column, a thousand rows at a time: no row is rewritten, and indexes stand."""
    if "text" in table.schema.names and UNSPACED_TEXT not in table.schema.names:

        def made(batch: pa.RecordBatch) -> pa.RecordBatch:
            return pa.record_batch({UNSPACED_TEXT: unspaced(batch.column("text"))})

        table.to_lance().add_columns(made, read_columns=["text"], batch_size=1024)
        table.checkout_latest()


STEPS: dict[int, Callable[[LanceTable], None]] = {1: _call_image_vector_a_tensor, 2: _take_unspaced_words_apart}
"""What leads from version n to n + 1, where more is needed than new nullable columns. A step must be safe to run again
after a crash in it. Version 1 is the first."""


def migrate(table: LanceTable, spec: Table, text_dimension: int, image_dimension: int) -> None:
    """Bring `table` to SCHEMA_VERSION and its vector columns to the dimensions given; no commit when nothing differs.

    Columns that it lacks are added as null, without a rewrite. A vector column of another dimension is dropped, with
    its index, and added empty. Raises TableDamaged for a column nobody declared, or one of another type.
    """
    for version in range(metadata_of(table.schema)["schema_version"], SCHEMA_VERSION):
        step = STEPS.get(version)
        if step is not None:
            step(table)
    wanted = spec.schema(text_dimension, image_dimension)
    unknown = sorted(set(table.schema.names) - set(wanted.names))
    if unknown:
        raise TableDamaged(
            f"table {spec.name} has columns that Codices did not make: {', '.join(unknown)}. Drop them, and keep your "
            "own columns in a table of your own, joined by key"
        )
    for name in spec.vectors:
        if name in table.schema.names and table.schema.field(name).type != wanted.field(name).type:
            table.drop_columns([name])
    added = [field for field in wanted if field.name not in table.schema.names]
    if added:
        table.add_columns(pa.schema([field.with_nullable(True) for field in added]))
    for field in wanted:
        if table.schema.field(field.name).type != field.type:
            raise TableDamaged(
                f"{spec.name}.{field.name} is {table.schema.field(field.name).type}, not {field.type}: the table was "
                "changed by other code; restore it from a backup or run `codices index --rebuild`"
            )
    if metadata_of(table.schema)["schema_version"] != SCHEMA_VERSION:
        table.to_lance().update_schema_metadata({VERSION_KEY.decode(): str(SCHEMA_VERSION)})
        table.checkout_latest()
