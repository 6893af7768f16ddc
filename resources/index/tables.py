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
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from lance import LanceDataset, LanceOperation

from codices.resources.foundation.files import is_remote, sync_tree
from codices.resources.index import migrations
from codices.resources.index.errors import IndexStoreError, NewerSchema, RowsError, TableDamaged, TableMissing
from codices.resources.index.lance_store import connect, explained, literal, one_of, open_dataset, retrying
from codices.resources.index.rows import RowSource, Spool, batches_of, conform, content_hashes
from codices.resources.index.schema import (
    DATA_TABLES,
    DOCUMENTS,
    ELEMENTS,
    IMAGES,
    RELEASES,
    SCHEMA_VERSION,
    TABLES,
    TAG_PREFIX,
    Table,
    dimension_of,
    metadata_of,
)

if TYPE_CHECKING:
    from lancedb.db import DBConnection
    from lancedb.table import LanceTable

_KEYS_PER_FILTER = 2000
_ROWS_IN_MEMORY = 2048  # 10 MB with their vectors
_ROUNDS = 8


@dataclass(frozen=True)
class Commit:
    """What one write did: rows by outcome, and the table's version afterwards. `written` is False when nothing
    changed and no version was made."""

    inserted: int
    updated: int
    deleted: int
    version: int

    @property
    def written(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


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
    def _known_files(self) -> dict[str, float]:
        return {}

    def names(self) -> set[str]:
        """Tables that exist."""
        with explained(f"listing the tables of {self.uri}"):
            if is_remote(self.uri):
                return set(self.db.list_tables().tables)
            folder = Path(self.uri.removeprefix("file://"))
            return {each.stem for each in folder.iterdir() if each.suffix == ".lance"} if folder.exists() else set()

    def open(self, name: str, version: int | None = None) -> LanceTable:
        """A fresh handle on a table, at its newest version or pinned to `version`: to search, and to make indexes.

        Raises what `dataset` does.
        """
        with self._opening(name):
            table = self.db.open_table(name, version=version)
        self._check_schema(name, table.schema)
        return cast("LanceTable", table)

    def dataset(self, name: str, version: int | None = None) -> LanceDataset:
        """A table as Lance has it, to read and to write rows: a run that only looks need not import LanceDB.

        Raises TableMissing, TableDamaged, or NewerSchema when a later Codices wrote it.
        """
        with self._opening(name):
            dataset = open_dataset(f"{self.uri}/{name}.lance", version, self.storage_options)
        self._check_schema(name, dataset.schema)
        return dataset

    @contextmanager
    def _opening(self, name: str) -> Iterator[None]:
        try:
            with explained(f"opening table {name} of {self.uri}"):
                yield
        except (TableDamaged, ValueError) as error:
            if "was not found" not in str(error):
                raise
            raise TableMissing(
                f"{self.uri} has no readable table {name}. If it was deleted by hand, restore it from a backup or "
                "build it anew with `codices index --rebuild`; if nothing was indexed yet, run `codices index`"
            ) from error

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
        if not is_remote(self.uri):
            # Lance writes the hint of the newest version again with every commit, and a tag whose name is given again.
            sync_tree(Path(self.uri.removeprefix("file://")), since, self._known_files, rewritten=".json")

    def versions(self) -> dict[str, int]:
        """Version of every table that a release pins, of one moment: read until two readings agree."""
        before = {name: self.dataset(name).version for name in DATA_TABLES}
        for _ in range(100):
            after = {name: self.dataset(name).version for name in DATA_TABLES}
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
                found.update(_keys(rows, "doc_id"))
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
        """Make `rows` all that table `name` holds of `shard`, in one commit, or in none when nothing differs.

        With `doc_ids` only the rows of these documents are compared and replaced: the cost follows what changed.
        Rows are compared by their `row_hash`; `thorough` compares contents and vectors, too, and first deletes, in a
        commit of its own, rows that somebody else changed or doubled.
        `rows` is a table or a reader, streamed; columns as in schema.py, `row_hash` is computed here. Of
        `documents`, rows that are not named become tombstones (state `gone`) instead of going. Raises RowsError for
        a row of another shard, a duplicate key, or what `conform` refuses; StoreUnwritable; nothing is written then.
        """
        if name not in (ELEMENTS, DOCUMENTS):
            raise RowsError(f"table {name} has no shards")
        spec, table = TABLES[name], self.dataset(name)
        schema = pa.schema([table.schema.field(field.name).remove_metadata() for field in table.schema])
        generations = field_numbers(table, spec.vectors)
        with explained(f"writing shard {shard} of {name}"), Spool(schema) as spool:
            wanted: dict[str, str] = {}
            contents: dict[str, str] = {}
            for batch in batches_of(rows):
                conformed = conform(batch, spec, schema, generations)
                foreign = [each for each in conformed.column("shard").unique().to_pylist() if each != shard]
                if foreign:
                    raise RowsError(f"{name}: rows of shard {foreign[0]} among those of {shard}")
                if name == DOCUMENTS and "gone" in conformed.column("state").to_pylist():
                    raise RowsError("documents: tombstones are made here, of the documents that are not given")
                for key, row_hash in zip(
                    conformed.column(spec.key).to_pylist(), conformed.column("row_hash").to_pylist(), strict=True
                ):
                    if key in wanted:
                        raise RowsError(f"{name}: {spec.key} {key!r} occurs twice in shard {shard}")
                    wanted[key] = row_hash
                if thorough:
                    contents.update(zip(_keys(conformed, spec.key), content_hashes(conformed, spec), strict=True))
                spool.write(conformed)
            if thorough:
                self._delete_damaged(spec, _scope(shard, doc_ids), wanted, contents)
            tombstones = 0
            if name == DOCUMENTS:
                gone = self._tombstones(table, _scope(shard, doc_ids), wanted)
                tombstones = gone.num_rows
                for batch in gone.to_batches():
                    conformed = conform(batch, spec, schema, generations)
                    wanted.update(zip(_keys(batch, "doc_id"), _keys(conformed, "row_hash"), strict=True))
                    spool.write(conformed)
            commit = self._merge_shard(name, shard, _scope(shard, doc_ids), wanted, spool)
        return Commit(commit.inserted, commit.updated - tombstones, commit.deleted + tombstones, commit.version)

    def _delete_damaged(self, spec: Table, scope: str, wanted: Mapping[str, str], contents: Mapping[str, str]) -> None:
        """Delete rows whose key occurs twice, and those that hold other things than their `row_hash` stands for."""
        seen: set[str] = set()
        damaged: set[str] = set()
        for batch in self.dataset(spec.name).to_batches(filter=scope):
            held = zip(_keys(batch, spec.key), _keys(batch, "row_hash"), content_hashes(batch, spec), strict=True)
            for key, row_hash, content in held:
                if key in seen or (wanted.get(key) == row_hash and contents[key] != content):
                    damaged.add(key)
                seen.add(key)
        self._delete_keys(spec, scope, sorted(damaged))

    def _delete_keys(self, spec: Table, scope: str, keys: list[str]) -> None:
        for start in range(0, len(keys), _KEYS_PER_FILTER):
            where = f"{scope} AND {one_of(spec.key, keys[start : start + _KEYS_PER_FILTER])}"
            retrying(partial(self._delete, spec.name, where))

    def _delete(self, name: str, where: str) -> int:
        dataset = self.dataset(name)
        dataset.delete(where)
        return dataset.version

    def _merge_shard(self, name: str, shard: str, scope: str, wanted: Mapping[str, str], spool: Spool) -> Commit:
        """Merge what differs. When another writer committed in between, compare and merge again: the shard ends as
        exactly one writer's rows, never a mixture."""
        key = TABLES[name].key
        inserted = updated = deleted = 0
        for _ in range(_ROUNDS):
            table = self.dataset(name)
            base = table.version
            held = _hashes(table, key, scope)
            new = {each for each in wanted if each not in held}
            changed = {each for each, row_hash in wanted.items() if each in held and held[each] != row_hash}
            gone = [] if name == DOCUMENTS else sorted(set(held) - set(wanted))
            if not (new or changed or gone):
                return Commit(inserted, updated, deleted, base)
            version = self._merge(name, shard, spool, new | changed, gone)
            inserted += len(new)
            updated += len(changed)
            deleted += len(gone)
            if version == base + 1:
                return Commit(inserted, updated, deleted, version)
            self._delete_doubled(TABLES[name], scope)
        raise IndexStoreError(f"shard {shard} of {name} is being written by another run at the same time; run again")

    def _delete_doubled(self, spec: Table, scope: str) -> None:
        """Delete rows whose key another writer of the same shard inserted at the same moment."""
        keys = Counter(_keys(self.dataset(spec.name).to_table([spec.key], scope), spec.key))
        self._delete_keys(spec, scope, [key for key, count in keys.items() if count > 1])

    def _merge(self, name: str, shard: str, spool: Spool, keys: set[str], gone: list[str]) -> int:
        """One commit: `keys` of the spool inserted or updated, the rows of the shard with a key in `gone` gone."""
        key = TABLES[name].key
        # The condition names its rows: without one, every other shard would be deleted.
        condition = f"shard = {literal(shard)} AND {one_of(key, gone)}"

        def merge() -> int:
            if not keys:
                return self._delete(name, condition)
            # LanceDB's own merge loads the text encoder that the table names, on every write.
            dataset = self.dataset(name)
            builder = dataset.merge_insert(key)
            builder.when_matched_update_all().when_not_matched_insert_all()
            # Joined through an index on the key, Lance 14 takes the key for nullable, and refuses.
            builder.use_index(False)
            source = spool.reader(key, keys)
            if len(keys) + len(gone) > _ROWS_IN_MEMORY:
                if gone:
                    builder.when_not_matched_by_source_delete(condition)
                builder.execute(source)
                return dataset.version
            # Of a stream Lance does not know that it is the small side of the join, and takes twice as long.
            if not gone:
                builder.execute(source.read_all())
                return dataset.version
            transaction, _ = builder.execute_uncommitted(source.read_all())
            update = transaction.operation
            assert isinstance(update, LanceOperation.Update)
            _delete_too(dataset, update, key, keys, condition)
            return LanceDataset.commit(dataset, update, read_version=transaction.read_version).version

        return retrying(merge)

    def _tombstones(self, table: LanceDataset, scope: str, wanted: Mapping[str, str]) -> pa.Table:
        """Rows of the documents in `scope` that are not in `wanted` and not yet gone, as gone now."""
        where = f"{scope} AND state != 'gone'"
        known = _keys(table.to_table(["doc_id"], where), "doc_id")
        gone = sorted(set(known) - set(wanted))
        if not gone:
            return table.schema.empty_table()
        rows = table.to_table(filter=one_of("doc_id", gone))
        now = datetime.now(UTC)
        for column, value in (
            ("state", "gone"),
            ("gone_at", now),
            ("elements", 0),
            ("error", None),
            ("warnings", None),
        ):
            field = rows.schema.field(column)
            rows = rows.set_column(
                rows.schema.get_field_index(column), field, pa.array([value] * rows.num_rows, field.type)
            )
        return rows

    def add_images(self, rows: RowSource) -> Commit:
        """Insert the pictures that the table lacks, in one commit; `image_id` is a hash of the pixels, so a picture
        that is there needs no second look. The same picture may come more than once."""
        spec, table = TABLES[IMAGES], self.dataset(IMAGES)
        schema = pa.schema([field.remove_metadata() for field in table.schema])
        missing: set[str] = set()
        with explained("writing images"), Spool(schema) as spool:
            for batch in batches_of(rows):
                conformed = conform(batch, spec, schema, {})
                first = {key: position for position, key in reversed([*enumerate(_keys(conformed, spec.key))])}
                fresh = set(first) - missing
                fresh -= self._present(table, spec.key, fresh)
                if fresh:
                    spool.write(conformed.take(pa.array(sorted(first[key] for key in fresh))))
                    missing |= fresh
            if not missing:
                return Commit(0, 0, 0, table.version)

            def insert() -> tuple[int, int]:
                dataset = self.dataset(IMAGES)
                builder = dataset.merge_insert(spec.key).when_not_matched_insert_all().use_index(False)  # as in _merge
                done = builder.execute(spool.reader(spec.key, missing))
                return done["num_inserted_rows"], dataset.version

            inserted, version = retrying(insert)
        return Commit(inserted, 0, 0, version)

    @staticmethod
    def _present(table: LanceDataset, key: str, keys: set[str]) -> set[str]:
        found: set[str] = set()
        listed = sorted(keys)
        for start in range(0, len(listed), _KEYS_PER_FILTER):
            where = one_of(key, listed[start : start + _KEYS_PER_FILTER])
            found.update(_keys(table.to_table([key], where), key))
        return found

    def missing_images(self) -> set[str]:
        """Pictures that elements show and the table of images lacks."""
        return self._shown_images() - set(_keys(self.dataset(IMAGES).to_table(["image_id"]), "image_id"))

    def _shown_images(self) -> set[str]:
        elements = self.dataset(ELEMENTS)
        shown: set[str] = set()
        for batch in elements.to_batches(columns=["image_id"], filter="image_id IS NOT NULL"):
            shown.update(_keys(batch, "image_id"))
        return shown

    def remove_orphan_images(self) -> Commit:
        """Delete the pictures that no element shows. Not per shard: a picture may be shown from any.

        A writer may name a picture again while this runs: what turns out to be shown is put back from the version
        before. That closes the race because a shard's elements are written before its pictures are looked up.
        """
        table = self.dataset(IMAGES)
        before = table.version
        with explained("removing orphan images"):
            orphans = sorted(set(_keys(table.to_table(["image_id"]), "image_id")) - self._shown_images())
            if not orphans:
                return Commit(0, 0, 0, before)
            version = retrying(partial(self._delete, IMAGES, one_of("image_id", orphans)))
            wanted_again = sorted(set(orphans) & self._shown_images())
            if wanted_again:
                self.add_images(self.dataset(IMAGES, before).to_table(filter=one_of("image_id", wanted_again)))
        return Commit(0, 0, len(orphans) - len(wanted_again), version)


def _scope(shard: str, doc_ids: Collection[str] | None) -> str:
    """The rows that a write answers for."""
    if doc_ids is None:
        return f"shard = {literal(shard)}"
    return f"shard = {literal(shard)} AND {one_of('doc_id', sorted(doc_ids))}"


def _keys(rows: pa.Table | pa.RecordBatch, key: str) -> list[str]:
    return rows.column(key).to_pylist()


def _delete_too(dataset: LanceDataset, update: LanceOperation.Update, key: str, keys: set[str], condition: str) -> None:
    """Add to a merge of `keys` the deletion of the rows of SQL `condition`: one commit still. Lance's own merge can
    delete, but goes through all rows of the table for it, as wide as they are."""
    rows = dataset.scanner(columns=[key], filter=condition, with_row_address=True).to_table()
    updated = {fragment.id: fragment for fragment in update.updated_fragments}
    without = one_of(key, [*_keys(rows, key), *sorted(keys)])
    for number in {address >> 32 for address in rows.column("_rowaddr").to_pylist()}:
        fragment = dataset.get_fragment(number)
        left = fragment.delete(without) if fragment is not None else None
        if left is not None:
            updated[number] = left
        else:
            updated.pop(number, None)
            update.removed_fragment_ids = sorted({*update.removed_fragment_ids, number})
    update.updated_fragments = list(updated.values())


def _hashes(table: LanceDataset, key: str, where: str) -> dict[str, str]:
    held: dict[str, str] = {}
    for batch in table.to_batches(columns=[key, "row_hash"], filter=where):
        held.update(zip(_keys(batch, key), _keys(batch, "row_hash"), strict=True))
    return held


def field_numbers(table: LanceDataset, columns: Collection[str]) -> dict[str, int]:
    """Lance's field number of each of `columns`; a column that is dropped and added again gets another."""
    fields = table.lance_schema.fields() if columns else []
    return {field.name(): field.id() for field in fields if field.name() in columns}
