"""Rows before they are written: cast to a table's columns, checked, hashed, and kept on disk as a stream."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from codices.resources.index.errors import RowsError
from codices.resources.index.schema import UNSPACED_TEXT, Table, dimension_of
from codices.resources.index.unspaced import unspaced

UNIT_TOLERANCE = 1e-3
"""How far a vector's length may lie from 1: float32 leaves 1e-6, a float16 encoder 5e-4, a mistake more."""

RowSource: TypeAlias = "pa.Table | pa.RecordBatchReader"

Vectors: TypeAlias = "NDArray[np.float32]"

_BATCH_ROWS = 4096


def batches_of(rows: RowSource) -> Iterator[pa.RecordBatch]:
    """Batches of a table or a reader, none longer than 4096 rows."""
    batches = rows.to_batches(_BATCH_ROWS) if isinstance(rows, pa.Table) else rows
    for batch in batches:
        for start in range(0, batch.num_rows, _BATCH_ROWS):
            yield batch.slice(start, _BATCH_ROWS)


def conform(batch: pa.RecordBatch, table: Table, schema: pa.Schema, generations: Mapping[str, int]) -> pa.RecordBatch:
    """`batch` in the columns and types of `schema`, checked, with its `row_hash` where the table has one.

    Columns that the batch lacks become null; `unspaced_text` is made from `text`. `generations` numbers the physical
    column of every vector and enters the hash: after a change of dimension no old hash stands for a vector that is not
    there.
    Raises RowsError for an unknown column, a value that does not fit, a null where a value must be, or a vector
    that is not of unit length; it names the column and the first key.
    """
    unknown = sorted(set(batch.schema.names) - set(schema.names))
    if unknown:
        raise RowsError(f"{table.name}: unknown columns {', '.join(unknown)}; they are listed in index/schema.py")
    columns: dict[str, pa.Array] = {}
    for field in schema:
        if field.name == "row_hash":
            continue
        if field.name == UNSPACED_TEXT:
            columns[field.name] = unspaced(columns["text"])
        elif field.name in batch.schema.names:
            try:
                columns[field.name] = batch.column(field.name).cast(field.type)
            except pa.ArrowException as error:
                raise RowsError(f"{table.name}.{field.name} must be {field.type}: {error}") from error
        else:
            columns[field.name] = pa.nulls(batch.num_rows, field.type)
        if columns[field.name].null_count and (not field.nullable or field.name in table.filled):
            missing = columns[field.name].is_null().to_pylist().index(True)
            raise RowsError(f"{table.name}.{field.name} is null for {_key(columns, table, missing)}")
    for name in table.vectors:
        _check_lengths(columns, table, name)
    for name, allowed in table.values.items():
        foreign = set(columns[name].unique().to_pylist()) - set(allowed)
        if foreign:
            raise RowsError(f"{table.name}.{name} must be one of {', '.join(allowed)}, not {sorted(foreign)}")
    if "row_hash" in schema.names:
        columns["row_hash"] = pa.array(_row_hashes(columns, table, generations), pa.string())
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _key(columns: Mapping[str, pa.Array], table: Table, position: int) -> str:
    return f"{table.key} {columns[table.key][position].as_py()!r}" if table.key in columns else f"row {position}"


def _check_lengths(columns: Mapping[str, pa.Array], table: Table, name: str) -> None:
    present, values = dense(columns[name])
    # A comparison with NaN is false, so the test is for what is right.
    wrong = ~(np.abs(np.linalg.norm(values, axis=1) - 1) <= UNIT_TOLERANCE)
    if wrong.any():
        position = int(present[wrong.argmax()])
        length = float(np.linalg.norm(values[wrong.argmax()]))
        raise RowsError(
            f"{table.name}.{name} of {_key(columns, table, position)} has length {length:.4g}, not 1: "
            "vectors must be normalised by the encoder"
        )


def dense(vectors: pa.Array) -> tuple[NDArray[np.int64], Vectors]:
    """Positions of the vectors that are not null, (m,) int64, and their values, (m, dimension) float32."""
    lists = vectors.storage if isinstance(vectors, pa.ExtensionArray) else vectors
    present = np.flatnonzero(lists.is_valid().to_numpy(zero_copy_only=False))
    values = lists.flatten().to_numpy(zero_copy_only=False)
    return present, values.reshape(len(present), dimension_of(vectors.type))


def _row_hashes(columns: Mapping[str, pa.Array], table: Table, generations: Mapping[str, int]) -> list[str]:
    """128-bit hash per row over all columns that count. Where a row has a fingerprint, that stands for its vectors and
    for what was derived from them; the physical column of a vector counts in any case."""
    plain = [name for name in columns if name not in table.unhashed and name not in table.vectors]
    rows = pa.table({name: columns[name] for name in plain}).to_pylist()
    settled = [table.vectors and row.get("fingerprint") is not None for row in rows]
    for row, known in zip(rows, settled, strict=True):
        for name in table.derived if known else ():
            del row[name]
    hashes = [hashlib.blake2b(json.dumps(row, sort_keys=True, default=str).encode(), digest_size=16) for row in rows]
    for name in table.vectors:
        present, values = dense(columns[name])
        label = f"{name}:{generations[name]}:".encode()
        for position, vector in zip(present, np.ascontiguousarray(values), strict=True):
            hashes[position].update(label)
            if not settled[position]:
                hashes[position].update(vector.tobytes())
    return [each.hexdigest() for each in hashes]


def recomputed_hashes(batch: pa.RecordBatch, table: Table) -> list[str]:
    """A hash per row of the columns that do not come from a model; empty for a row that lacks a vector which it must
    have, or has one that is not of unit length. Vectors do not count otherwise: their last bits differ by machine."""
    left_out = {*table.unhashed, *table.vectors, *table.derived}
    columns = {name: batch.column(name) for name in batch.schema.names if name not in left_out}
    sound = np.ones(batch.num_rows, bool)
    for name in table.vectors:
        present, values = dense(batch.column(name))
        sound[present] &= np.abs(np.linalg.norm(values, axis=1) - 1) <= UNIT_TOLERANCE
        if name in table.filled:
            sound &= batch.column(name).is_valid().to_numpy(zero_copy_only=False)
    hashes = _row_hashes(columns, replace(table, vectors=()), {})
    return [each if fine else "" for each, fine in zip(hashes, sound, strict=True)]


class Spool:
    """Record batches in a temporary file, to be read more than once: a shard need not fit in memory.

    A retried commit reads its rows again, which a stream cannot.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        handle, self._path = tempfile.mkstemp(prefix="codices-", suffix=".arrow")
        os.close(handle)
        self._writer = pa.ipc.new_file(self._path, schema)
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        os.unlink(self._path)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def _finish(self) -> None:
        if not self._closed:
            self._writer.close()
            self._closed = True

    def reader(self, column: str, wanted: set[str]) -> pa.RecordBatchReader:
        """The rows whose `column` is in `wanted`, from the start."""
        self._finish()
        return pa.RecordBatchReader.from_batches(self.schema, self._filtered(column, pa.array(wanted, pa.string())))

    def _filtered(self, column: str, wanted: pa.Array) -> Iterable[pa.RecordBatch]:
        with pa.memory_map(self._path) as source, pa.ipc.open_file(source) as batches:
            for number in range(batches.num_record_batches):
                batch = batches.get_batch(number)
                kept = batch.filter(pc.field(column).isin(wanted))
                if kept.num_rows:
                    yield kept
