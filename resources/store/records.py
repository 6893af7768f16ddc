"""What is recorded of the corpus: the newest listing, and per shard its documents and what those draw in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codices.resources.foundation.failure_struct import FAILURE
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.files import Folder
from codices.resources.store.kept import KEPT
from codices.resources.store.losses import Lost, StageStoreError, is_damage, one_line

DOUBTED = ""  # the revision of a file whose content is not what its revision says
GONE = "gone"  # the state of a document that is not there any more
_LISTING_FILE = "listing.parquet"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the newest listing saw it. `content_hash` with `safety.always_hash` only."""

    shard: str
    path: str
    size: int
    modified_at: datetime | None
    revision: str
    content_hash: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was last recorded. `container`: the mail that an attachment came with. `state`: new, changed,
    same, gone or failed. `attachments`, of a mail: fingerprint of how its attachments were looked for."""

    doc_id: str
    path: str
    container: str | None
    bytes: int
    modified_at: datetime | None
    revision: str
    content_hash: str | None
    state: str
    failure: Failure | None = None
    removed_at: datetime | None = None
    attachments: str | None = None

    @property
    def is_there(self) -> bool:
        return self.state != GONE


@dataclass(frozen=True, slots=True)
class Link:
    """A file that a document draws in: `target` as the document writes it. `revision` is None for a place where a file
    would be drawn in if it were there, `content_hash` for a file that could not be read."""

    doc_id: str
    target: str
    path: str
    revision: str | None
    content_hash: str | None = None


_Row = TypeVar("_Row", Listed, Document, Link)

LISTING = pa.schema(
    [
        ("shard", pa.string()),
        ("path", pa.string()),
        ("size", pa.int64()),
        ("modified_at", pa.timestamp("us", "UTC")),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
        ("failure", FAILURE),
    ]
)
DOCUMENTS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("path", pa.string()),
        ("container", pa.string()),
        ("bytes", pa.int64()),
        ("modified_at", pa.timestamp("us", "UTC")),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
        ("state", pa.string()),
        ("failure", FAILURE),
        ("removed_at", pa.timestamp("us", "UTC")),
        ("attachments", pa.string()),
    ]
)
LINKS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("target", pa.string()),
        ("path", pa.string()),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
    ]
)


class RecordLost(Lost):
    """A damaged listing, or record of a shard's documents or links. `name`: of its file in the stages."""

    def __init__(self, file: str, error: Exception, name: str):
        super().__init__(
            f"{file} is damaged ({one_line(error)}): run `codices index`, which makes it anew from the corpus"
        )
        self.name = name


class Records:
    """The records under `folder`. Every list that is read must not be changed. Reading raises RecordLost for a damaged
    file, StageStoreError for one that cannot be read for another reason."""

    def __init__(self, folder: Folder):
        self.folder = folder

    def lock(self, name: str) -> Any:
        """For read-change-write of what is recorded under this name."""
        return self.folder.lock(name)

    # -- the listing ------------------------------------------------------------------------------------------------

    @property
    def has_listing(self) -> bool:
        """Whether an observation has been recorded."""
        return self.folder.exists(_LISTING_FILE)

    def listing_age_seconds(self) -> float | None:
        """How long ago the corpus was listed, or None when it never was."""
        return self.folder.age_seconds(_LISTING_FILE) if self.has_listing else None

    def listed(self, shard: str) -> Sequence[Listed]:
        """The files of a shard in the newest listing."""
        return self._read(_LISTING_FILE, Listed, shard)

    def listed_per_shard(self) -> dict[str, int]:
        """Shard -> files in the newest listing, of the shards that have any; empty where nothing was listed yet."""
        if not self.has_listing:
            return {}
        return dict(Counter(self._table(_LISTING_FILE, columns=["shard"])["shard"].to_pylist()))

    def write_listing(self, by_shard: Sequence[Sequence[Listed]]) -> None:
        """Replace the listing, atomically. A shard's files are a row group, so that its reader skips the others'."""
        with (
            self.folder.open_output(_LISTING_FILE) as stream,
            pq.ParquetWriter(stream, LISTING, compression="zstd") as writer,
        ):
            for rows in by_shard:
                writer.write_table(_as_table(rows, LISTING))

    # -- documents and links of a shard -----------------------------------------------------------------------------

    def documents(self, shard: str) -> Sequence[Document]:
        """The documents of a shard as they were last recorded, those that are gone included."""
        return self._read(_documents_file(shard), Document)

    def has_documents(self, shard: str) -> bool:
        """Whether the documents of a shard have been recorded, be it that there are none."""
        return self.folder.exists(_documents_file(shard))

    def links(self, shard: str) -> Sequence[Link]:
        """The files that documents of this shard draw in, and those that they would draw in if they were there."""
        return self._read(_links_file(shard), Link)

    def write_documents(self, shard: str, rows: Sequence[Document]) -> None:
        """Replace what `documents` reads, atomically."""
        self._write(_documents_file(shard), rows, DOCUMENTS)

    def write_links(self, shard: str, rows: Sequence[Link]) -> None:
        """Replace what `links` reads, atomically."""
        self._write(_links_file(shard), rows, LINKS)

    def stamp(self, shard: str) -> Hashable:
        """What changes with the documents of a shard, or with what they draw in."""
        return self.folder.stamp(_documents_file(shard)), self.folder.stamp(_links_file(shard))

    # -- files ------------------------------------------------------------------------------------------------------

    def _read(self, name: str, row: type[_Row], shard: str | None = None) -> Sequence[_Row]:
        stamp = self.folder.stamp(name)
        if stamp is None:
            return []
        of_shard = None if shard is None else pc.field("shard") == shard
        return KEPT.get((self.folder.url, name, shard), stamp, lambda: _rows(self._table(name, filters=of_shard), row))

    def _table(self, name: str, **selected: Any) -> pa.Table:
        try:
            with self.folder.open_input(name) as stream:
                return pq.read_table(stream, **selected)
        except (OSError, pa.ArrowInvalid) as error:
            if is_damage(error):
                raise RecordLost(self.folder.describe(name), error, name) from error
            raise StageStoreError(f"{self.folder.describe(name)} cannot be read: {error}") from error

    def _write(self, name: str, rows: Sequence[_Row], schema: pa.Schema) -> None:
        with self.folder.open_output(name) as stream:
            pq.write_table(_as_table(rows, schema), stream, compression="zstd")
        KEPT.put((self.folder.url, name, None), self.folder.stamp(name), rows)


def _documents_file(shard: str) -> str:
    return f"documents/{shard}.parquet"


def _links_file(shard: str) -> str:
    return f"links/{shard}.parquet"


def _rows(table: pa.Table, row: type[_Row]) -> list[_Row]:
    """Columns that an older version did not write have their default."""
    names = [each.name for each in fields(row) if each.name in table.column_names]
    columns = {name: table[name].to_pylist() for name in names}
    if "failure" in columns:
        columns["failure"] = [failure and Failure(**failure) for failure in columns["failure"]]
    return [row(**dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True)]


def _as_table(rows: Sequence[_Row], schema: pa.Schema) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in schema.names}
    if "failure" in columns:
        columns["failure"] = [failure and vars(failure) for failure in columns["failure"]]
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema)
