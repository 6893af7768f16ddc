"""One shard of a table written in one commit, and nothing where nothing differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa
from lance import LanceDataset, LanceOperation

from codices.resources.index.errors import IndexStoreError, RowsError
from codices.resources.index.lance_store import explained, literal, one_of, retrying
from codices.resources.index.rows import RowSource, Spool, batches_of, conform, recomputed_hashes
from codices.resources.index.schema import DOCUMENTS, ELEMENTS, TABLES, Table

KEYS_PER_FILTER = 2000
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


@dataclass(frozen=True)
class ShardWriter:
    """Writes shards of the tables that `dataset` opens: a name -> that table at its newest version."""

    dataset: Callable[[str], LanceDataset]

    def replace(
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
                    contents.update(zip(keys_of(conformed, spec.key), recomputed_hashes(conformed, spec), strict=True))
                spool.write(conformed)
            if thorough:
                self._delete_damaged(spec, _scope(shard, doc_ids), wanted, contents)
            tombstones = 0
            if name == DOCUMENTS:
                gone = self._tombstones(table, _scope(shard, doc_ids), wanted)
                tombstones = gone.num_rows
                for batch in gone.to_batches():
                    conformed = conform(batch, spec, schema, generations)
                    wanted.update(zip(keys_of(batch, "doc_id"), keys_of(conformed, "row_hash"), strict=True))
                    spool.write(conformed)
            commit = self._merge_shard(name, shard, _scope(shard, doc_ids), wanted, spool)
        return Commit(commit.inserted, commit.updated - tombstones, commit.deleted + tombstones, commit.version)

    def _delete_damaged(self, spec: Table, scope: str, wanted: Mapping[str, str], contents: Mapping[str, str]) -> None:
        """Delete rows whose key occurs twice, and those that hold other things than their `row_hash` stands for."""
        seen: set[str] = set()
        damaged: set[str] = set()
        for batch in self.dataset(spec.name).to_batches(filter=scope):
            held = zip(
                keys_of(batch, spec.key), keys_of(batch, "row_hash"), recomputed_hashes(batch, spec), strict=True
            )
            for key, row_hash, content in held:
                if key in seen or (wanted.get(key) == row_hash and contents[key] != content):
                    damaged.add(key)
                seen.add(key)
        self._delete_keys(spec, scope, sorted(damaged))

    def _delete_keys(self, spec: Table, scope: str, keys: list[str]) -> None:
        for start in range(0, len(keys), KEYS_PER_FILTER):
            where = f"{scope} AND {one_of(spec.key, keys[start : start + KEYS_PER_FILTER])}"
            retrying(partial(delete_rows, self.dataset, spec.name, where))

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
        keys = Counter(keys_of(self.dataset(spec.name).to_table([spec.key], scope), spec.key))
        self._delete_keys(spec, scope, [key for key, count in keys.items() if count > 1])

    def _merge(self, name: str, shard: str, spool: Spool, keys: set[str], gone: list[str]) -> int:
        """One commit: `keys` of the spool inserted or updated, the rows of the shard with a key in `gone` gone."""
        key = TABLES[name].key
        # The condition names its rows: without one, every other shard would be deleted.
        condition = f"shard = {literal(shard)} AND {one_of(key, gone)}"

        def merge() -> int:
            if not keys:
                return delete_rows(self.dataset, name, condition)
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
        known = keys_of(table.to_table(["doc_id"], where), "doc_id")
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


def _scope(shard: str, doc_ids: Collection[str] | None) -> str:
    """The rows that a write answers for."""
    if doc_ids is None:
        return f"shard = {literal(shard)}"
    return f"shard = {literal(shard)} AND {one_of('doc_id', sorted(doc_ids))}"


def delete_rows(dataset: Callable[[str], LanceDataset], name: str, where: str) -> int:
    """Delete the rows of SQL `where` from a table; returns its version afterwards."""
    table = dataset(name)
    table.delete(where)
    return table.version


def keys_of(rows: pa.Table | pa.RecordBatch, key: str) -> list[str]:
    """The values of a column of strings."""
    return rows.column(key).to_pylist()


def _delete_too(dataset: LanceDataset, update: LanceOperation.Update, key: str, keys: set[str], condition: str) -> None:
    """Add to a merge of `keys` the deletion of the rows of SQL `condition`: one commit still. Lance's own merge can
    delete, but goes through all rows of the table for it, as wide as they are."""
    rows = dataset.scanner(columns=[key], filter=condition, with_row_address=True).to_table()
    updated = {fragment.id: fragment for fragment in update.updated_fragments}
    without = one_of(key, [*keys_of(rows, key), *sorted(keys)])
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
        held.update(zip(keys_of(batch, key), keys_of(batch, "row_hash"), strict=True))
    return held


def field_numbers(table: LanceDataset, columns: Collection[str]) -> dict[str, int]:
    """Lance's field number of each of `columns`; a column that is dropped and added again gets another."""
    fields = table.lance_schema.fields() if columns else []
    return {field.name(): field.id() for field in fields if field.name() in columns}
