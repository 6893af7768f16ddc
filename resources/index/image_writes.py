"""The pictures of the index: each stored once, however many elements show it, and removed when none does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from lance import LanceDataset

from codices.resources.index.lance_store import explained, one_of, retrying
from codices.resources.index.rows import RowSource, Spool, batches_of, conform
from codices.resources.index.schema import ELEMENTS, IMAGES, TABLES
from codices.resources.index.shard_writes import KEYS_PER_FILTER, Commit, delete_rows, keys_of


@dataclass(frozen=True)
class ImageWriter:
    """Writes the table of pictures. `dataset` opens a table by name, at its newest version or at a given one."""

    dataset: Callable[..., LanceDataset]

    def add(self, rows: RowSource) -> Commit:
        """Insert the pictures that the table lacks, in one commit; `image_id` is a hash of the pixels, so a picture
        that is there needs no second look. The same picture may come more than once."""
        spec, table = TABLES[IMAGES], self.dataset(IMAGES)
        schema = pa.schema([field.remove_metadata() for field in table.schema])
        missing: set[str] = set()
        with explained("writing images"), Spool(schema) as spool:
            for batch in batches_of(rows):
                conformed = conform(batch, spec, schema, {})
                first = {key: position for position, key in reversed([*enumerate(keys_of(conformed, spec.key))])}
                fresh = set(first) - missing
                fresh -= self._present(table, spec.key, fresh)
                if fresh:
                    spool.write(conformed.take(pa.array(sorted(first[key] for key in fresh))))
                    missing |= fresh
            if not missing:
                return Commit(0, 0, 0, table.version)

            def insert() -> tuple[int, int]:
                dataset = self.dataset(IMAGES)
                builder = dataset.merge_insert(spec.key).when_not_matched_insert_all().use_index(False)  # as of shards
                done = builder.execute(spool.reader(spec.key, missing))
                return done["num_inserted_rows"], dataset.version

            inserted, version = retrying(insert)
        return Commit(inserted, 0, 0, version)

    @staticmethod
    def _present(table: LanceDataset, key: str, keys: set[str]) -> set[str]:
        found: set[str] = set()
        listed = sorted(keys)
        for start in range(0, len(listed), KEYS_PER_FILTER):
            where = one_of(key, listed[start : start + KEYS_PER_FILTER])
            found.update(keys_of(table.to_table([key], where), key))
        return found

    def missing(self) -> set[str]:
        """Pictures that elements show and the table of images lacks."""
        return self._shown() - set(keys_of(self.dataset(IMAGES).to_table(["image_id"]), "image_id"))

    def _shown(self) -> set[str]:
        elements = self.dataset(ELEMENTS)
        shown: set[str] = set()
        for batch in elements.to_batches(columns=["image_id"], filter="image_id IS NOT NULL"):
            shown.update(keys_of(batch, "image_id"))
        return shown

    def remove_orphans(self) -> Commit:
        """Delete the pictures that no element shows. Not per shard: a picture may be shown from any.

        A writer may name a picture again while this runs: what turns out to be shown is put back from the version
        before. That closes the race because a shard's elements are written before its pictures are looked up.
        """
        table = self.dataset(IMAGES)
        before = table.version
        with explained("removing orphan images"):
            orphans = sorted(set(keys_of(table.to_table(["image_id"]), "image_id")) - self._shown())
            if not orphans:
                return Commit(0, 0, 0, before)
            version = retrying(partial(delete_rows, self.dataset, IMAGES, one_of("image_id", orphans)))
            wanted_again = sorted(set(orphans) & self._shown())
            if wanted_again:
                self.add(self.dataset(IMAGES, before).to_table(filter=one_of("image_id", wanted_again)))
        return Commit(0, 0, len(orphans) - len(wanted_again), version)
