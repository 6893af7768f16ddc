"""Parquet parts of the stages: rows read by fingerprint, written in row groups, and what tells a lost part."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codices.resources.foundation.files import TEMPORARY_SUFFIX, Folder
from codices.resources.store.losses import PartLost, StageStoreError, is_damage, one_line

ROW_GROUP_BYTES = 16 << 20
ROW_GROUP_ROWS = 256  # so that what a few changed documents need is read without the rest of their shard
VECTORS_PER_GROUP = 64  # wide rows of few columns: smaller groups spare more than they cost to describe
STRAY_SECONDS = 3600


class Parts:
    """The parts below `folder`, one sub-folder per stage. A part is never changed once it is written."""

    def __init__(self, folder: Folder):
        self._folder = folder

    @staticmethod
    def new_name(shard: str) -> str:
        return f"{shard}-{uuid.uuid4().hex}.parquet"

    def names(self, stage: str) -> set[str]:
        """The files of a stage."""
        return set(self._folder.names(stage))

    def exists(self, stage: str, part: str | None) -> bool:
        return part is not None and self._folder.exists(f"{stage}/{part}")

    def rows(
        self, stage: str, shard: str, part: str, fingerprints: Collection[str], columns: list[str] | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of `fingerprints` in a part. Raises FileNotFoundError before the first of them where it is gone,
        PartLost where it is damaged, StageStoreError where it cannot be read for another reason."""
        wanted_columns = None if columns is None else ["fingerprint", *(c for c in columns if c != "fingerprint")]
        is_wanted = pc.field("fingerprint").isin(list(fingerprints))
        with self._opened(stage, part) as source, self._reading(stage, shard, part):
            file = pq.ParquetFile(source)
            groups = _groups_with(file, fingerprints)
            for batch in file.iter_batches(batch_size=256, row_groups=groups, columns=wanted_columns):
                yield from pa.Table.from_batches([batch]).filter(is_wanted).to_batches()

    def schema(self, stage: str, shard: str, part: str) -> pa.Schema:
        """The schema of a part. Raises PartLost, StageStoreError."""
        with self._reading(stage, shard, part), self._opened(stage, part) as source:
            return pq.read_schema(source)

    def lost(self, stage: str, shard: str, part: str, how: str) -> PartLost:
        """The error of a part that is gone or damaged."""
        name = self._folder.describe(f"{stage}/{part}")
        again = "run `codices index`, which computes again what lay in it, and nothing else"
        return PartLost(f"stage file {name} is {how}: {again}", stage, shard, part)

    def _opened(self, stage: str, part: str) -> IO[bytes]:
        try:
            return self._folder.open_input(f"{stage}/{part}")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StageStoreError(self._unreadable(stage, part, error)) from error

    @contextmanager
    def _reading(self, stage: str, shard: str, part: str) -> Iterator[None]:
        """Errors of reading a part as PartLost, or StageStoreError where the part itself is not at fault."""
        try:
            yield
        except (OSError, pa.ArrowInvalid) as error:
            if is_damage(error):
                raise self.lost(stage, shard, part, f"damaged ({one_line(error)})") from error
            raise StageStoreError(self._unreadable(stage, part, error)) from error

    def _unreadable(self, stage: str, part: str, error: Exception) -> str:
        return f"stage file {self._folder.describe(f'{stage}/{part}')} cannot be read: {error}"

    @contextmanager
    def writer(self, stage: str, part: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], int]]:
        """Writes tables to one part, gathering small ones into row groups; returns the rows of each write."""
        pending: list[pa.Table] = []
        vectors = _has_vectors(schema)
        most = VECTORS_PER_GROUP if vectors else ROW_GROUP_ROWS
        with (
            self._folder.open_output(f"{stage}/{part}") as stream,
            pq.ParquetWriter(
                stream, schema, compression="zstd", compression_level=1, use_dictionary=not vectors
            ) as parquet,
        ):

            def flush() -> None:
                if pending:
                    parquet.write_table(pa.concat_tables(pending), row_group_size=most)
                    pending.clear()

            def write(table: pa.Table) -> int:
                pending.append(table.select(schema.names).cast(schema))
                if (
                    sum(one.num_rows for one in pending) >= most
                    or sum(one.nbytes for one in pending) >= ROW_GROUP_BYTES
                ):
                    flush()
                return table.num_rows

            yield write
            flush()

    def remove_strays(self, stage: str, shard: str, known: Collection[str]) -> None:
        """Remove the parts of a shard that are not `known`; young ones stay, since a reader may still hold the old
        manifest. And what a killed process was writing: whoever holds the lock of the shard is the only one who
        writes."""
        for name in self._folder.names(stage):
            if name.startswith(f".{shard}-") and name.endswith(TEMPORARY_SUFFIX):
                self._folder.remove(f"{stage}/{name}")
            stray = name.startswith(f"{shard}-") and name.endswith(".parquet") and name not in known
            if stray and self._folder.age_seconds(f"{stage}/{name}") > STRAY_SECONDS:
                self._folder.remove(f"{stage}/{name}")

    def move_aside(self, stage: str, part: str) -> None:
        """Keep a part, where there is any, under another name for a person to look at."""
        if self._folder.exists(f"{stage}/{part}"):
            self._folder.move_aside(f"{stage}/{part}")


def _groups_with(file: pq.ParquetFile, wanted: Collection[str]) -> list[int]:
    """Row groups with a fingerprint of `wanted`."""
    fingerprints = iter(file.read(["fingerprint"]).column(0).to_pylist())
    groups = [set(islice(fingerprints, file.metadata.row_group(at).num_rows)) for at in range(file.num_row_groups)]
    return [at for at, group in enumerate(groups) if not group.isdisjoint(wanted)]


def _has_vectors(schema: pa.Schema) -> bool:
    """A dictionary of their numbers, no two of which are equal, makes files larger by half and four times as slow to
    read."""
    return any(pa.types.is_list(field.type) and pa.types.is_floating(field.type.value_type) for field in schema)
