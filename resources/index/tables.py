"""The tables of the index: made, migrated, and written one shard in one commit. Nothing is written that did not change.

    tables = open_tables(uri)
    tables.ensure(text_dimension=384, image_dimension=384)
    tables.replace_shard("elements", "0a", rows)
    tables.add_images(pictures)
    tables.replace_shard("documents", "0a", documents)

Keep that order within a shard: `remove_orphan_images` relies on elements being there before their pictures, and a
document says `indexed` only when what it holds is there.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pyarrow as pa
from lance import LanceDataset

from codices.resources.foundation.files import is_remote, sync_tree
from codices.resources.index import migrations
from codices.resources.index.errors import IndexStoreError, NewerSchema, TableDamaged, TableMissing
from codices.resources.index.image_writes import ImageWriter
from codices.resources.index.lance_store import (
    STORE_ERRORS,
    connect,
    explained,
    literal,
    one_of,
    open_dataset,
    raise_explained,
)
from codices.resources.index.rows import RowSource
from codices.resources.index.schema import (
    DATA_TABLES,
    DOCUMENTS,
    ELEMENTS,
    RELEASES,
    SCHEMA_VERSION,
    TABLES,
    TAG_PREFIX,
    dimension_of,
    metadata_of,
)
from codices.resources.index.shard_writes import Commit, ShardWriter, keys_of

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import LanceTable


def open_tables(uri: str | PathLike[str], storage_options: Mapping[str, str] | None = None) -> Tables:
    """The tables at `uri` (HOME/lancedb, s3://bucket/prefix/lancedb, …); nothing is read or made yet."""
    return Tables(fspath(uri).rstrip("/"), dict(storage_options or {}))


@dataclass(frozen=True)
class Tables:
    """A place of tables. Cheap, picklable, safe to use from several processes."""

    uri: str
    storage_options: Mapping[str, str]

    def __getstate__(self) -> dict[str, object]:
        return {"uri": self.uri, "storage_options": self.storage_options}

    @cached_property
    def db(self) -> DBConnection:
        with explained(f"opening {self.uri}"):
            return connect(self.uri, self.storage_options)

    @cached_property
    def _folder(self) -> Path | None:
        """Where the tables lie; None on an object store."""
        return None if is_remote(self.uri) else Path(self.uri.removeprefix("file://"))

    @cached_property
    def _known_files(self) -> dict[str, float]:
        return {}

    def names(self) -> set[str]:
        """Tables that exist."""
        folder = self._folder
        if folder is not None and not folder.exists():
            return set()
        try:
            if folder is None:
                return set(self.db.list_tables().tables)
            return {each.stem for each in folder.iterdir() if each.suffix == ".lance"}
        except STORE_ERRORS as error:
            raise_explained(f"listing the tables of {self.uri}", error)

    def open(self, name: str, version: int | None = None) -> LanceTable:
        """A fresh handle on a table, at its newest version or pinned to `version`: to search, and to make indexes.

        Raises what `dataset` does.
        """
        db = self.db
        try:
            table = db.open_table(name, version=version)
        except STORE_ERRORS as error:
            self._not_opened(name, error)
        self._check_schema(name, table.schema)
        return cast("LanceTable", table)

    def dataset(self, name: str, version: int | None = None) -> LanceDataset:
        """A table as Lance has it, to read and to write rows: a run that only looks need not import LanceDB.

        Raises TableMissing, TableDamaged, or NewerSchema when a later Codices wrote it.
        """
        try:
            dataset = open_dataset(f"{self.uri}/{name}.lance", version, self.storage_options)
        except STORE_ERRORS as error:
            self._not_opened(name, error)
        self._check_schema(name, dataset.schema)
        return dataset

    def _not_opened(self, name: str, error: Exception) -> NoReturn:
        if "was not found" in str(error):
            raise TableMissing(
                f"{self.uri} has no readable table {name}. If it was deleted by hand, restore it from a backup or "
                "build it anew with `codices index --rebuild`; if nothing was indexed yet, run `codices index`"
            ) from error
        raise_explained(f"opening table {name} of {self.uri}", error)

    def _check_schema(self, name: str, schema: pa.Schema) -> None:
        found = metadata_of(schema)["schema_version"]
        if found > SCHEMA_VERSION:
            raise NewerSchema(
                f"{self.uri}/{name} has schema version {found}, this Codices knows {SCHEMA_VERSION}: upgrade Codices. "
                "Nothing was changed"
            )

    def ensure(self, text_dimension: int, image_dimension: int, *, rebuild: bool = False) -> None:
        """Make what is missing, migrate what is older, and give vector columns of another dimension a new column.

        A changed dimension is two commits on metadata: the old column stays in every release that has it, the new
        one is null until `replace_shard` fills it. Safe to call from several processes and after a crash in itself.
        Raises TableMissing when a table was deleted out of a complete index (`rebuild` makes an empty one in its
        place), TableDamaged when tables come from different homes, NewerSchema.
        """
        if not rebuild:
            self.check_complete()
        present = self.names()
        home = ""
        for name in (*DATA_TABLES, RELEASES):
            if name not in present:
                survivor = next((other for other in (*DATA_TABLES, RELEASES) if other in present), None)
                known = home or (metadata_of(self.dataset(survivor).schema)["home"] if survivor else uuid.uuid4().hex)
                self._create(name, text_dimension, image_dimension, known)
            table = self.open(name)
            with explained(f"migrating table {name} of {self.uri}"):
                migrations.migrate(table, TABLES[name], text_dimension, image_dimension)
            found = metadata_of(table.schema)["home"]
            home = home or found
            if found != home:
                raise TableDamaged(
                    f"{self.uri}: tables {ELEMENTS} and {name} come from different homes; copy all tables of one home"
                )

    def _create(self, name: str, text_dimension: int, image_dimension: int, home: str) -> None:
        spec = TABLES[name]
        schema = spec.schema(text_dimension, image_dimension, home)
        key = schema.field(spec.key).with_metadata({"lance-schema:unenforced-primary-key:position": "1"})
        schema = schema.set(schema.get_field_index(spec.key), key)
        with explained(f"making table {name} of {self.uri}"):
            try:
                self.db.create_table(name, schema=schema)
            except ValueError as error:
                if "already exists" not in str(error):  # another process was faster
                    raise

    def check_complete(self, *, filled: bool = False) -> None:
        """Raises TableMissing when a table was deleted out of an index: of one that says so itself, or that the caller
        knows was `filled`."""
        present = self.names()
        # `releases` is made last: where it exists, the others were there too. And tags are of releases.
        whole = filled or RELEASES in present or any(self._tagged(name) for name in DATA_TABLES if name in present)
        lost = [name for name in TABLES if name not in present] if whole else []
        if lost:
            cost = "the history of releases" if lost == [RELEASES] else "the releases cut before"
            raise TableMissing(
                f"{self.uri} lost its table {', '.join(lost)}. Restore it from a backup, or run `codices index "
                f"--rebuild`, which makes it anew from what was computed; {cost} cannot be had back that way"
            )

    def _tagged(self, name: str) -> bool:
        with explained(f"reading the tags of {name}"):
            return any(tag.startswith(TAG_PREFIX) for tag in self.dataset(name).tags.list())

    def identities(self) -> dict[str, str]:
        """What the tables that are there were stamped with when they were made: one and the same in a sound index."""
        present = self.names()
        return {name: metadata_of(self.dataset(name).schema)["home"] for name in TABLES if name in present}

    def make_durable(self, since: float = 0) -> None:
        """Flush to the disk what was written after the time `since`: Lance leaves that to the operating system, which
        may lose it with the power. An object store has kept what it has answered for."""
        if self._folder is not None:
            # Lance writes the hint of the newest version again with every commit, and a tag whose name is given again.
            sync_tree(self._folder, since, self._known_files, rewritten=".json")

    def versions(self) -> dict[str, int]:
        """Version of every table that a release pins, of one moment: read until two readings agree."""
        datasets = {name: self.dataset(name) for name in DATA_TABLES}
        before = {name: dataset.version for name, dataset in datasets.items()}
        for _ in range(100):
            after = {name: dataset.latest_version for name, dataset in datasets.items()}
            if before == after:
                return after
            before = after
        raise IndexStoreError(f"{self.uri} is written to without a pause; cut the release when the writers are done")

    def loses_vectors(self, text_dimension: int, image_dimension: int) -> bool:
        """Whether `ensure` would put an empty vector column in the place of one of another dimension."""
        if ELEMENTS not in self.names():
            return False
        held, spec = self.dataset(ELEMENTS).schema, TABLES[ELEMENTS]
        wanted = spec.schema(text_dimension, image_dimension)
        return any(
            name not in held.names or dimension_of(held.field(name).type) != dimension_of(wanted.field(name).type)
            for name in spec.vectors
        )

    def documents_of(self, shard: str) -> set[str]:
        """doc_id of every document that has rows in `shard`, tombstones left out."""
        present, found = self.names(), set[str]()
        for name, where in ((ELEMENTS, "true"), (DOCUMENTS, "state != 'gone'")):
            if name in present:
                rows = self.dataset(name).to_table(["doc_id"], f"shard = {literal(shard)} AND {where}")
                found.update(keys_of(rows, "doc_id"))
        return found

    def present_documents(self, shards: Sequence[str]) -> list[dict[str, Any]]:
        """{path, error} of every document of `shards`, tombstones left out."""
        if not shards or DOCUMENTS not in self.names():
            return []
        where = f"{one_of('shard', list(shards))} AND state != 'gone'"
        return self.dataset(DOCUMENTS).to_table(["path", "error"], where).to_pylist()

    def replace_shard(
        self,
        name: str,
        shard: str,
        rows: RowSource,
        doc_ids: Collection[str] | None = None,
        *,
        thorough: bool = False,
    ) -> Commit:
        """`ShardWriter.replace`: make `rows` all that a table holds of a shard, in one commit or in none."""
        return ShardWriter(self.dataset).replace(name, shard, rows, doc_ids, thorough=thorough)

    def add_images(self, rows: RowSource) -> Commit:
        """`ImageWriter.add`: insert the pictures that the table lacks."""
        return ImageWriter(self.dataset).add(rows)

    def missing_images(self) -> set[str]:
        """Pictures that elements show and the table of images lacks."""
        return ImageWriter(self.dataset).missing()

    def remove_orphan_images(self) -> Commit:
        """`ImageWriter.remove_orphans`: delete the pictures that no element shows."""
        return ImageWriter(self.dataset).remove_orphans()
