"""Keeping tables fit for years: small fragments joined, versions that nobody reads freed, and counts of both.

Run it where no other writer commits (LanceDB's pool of one writer): a compaction that meets a merge is tried again,
but whichever loses has worked for nothing. It never touches what a release pins.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import lance
from lance.optimize import Compaction
from lancedb.table import LanceTable

from codices.resources.index.full_text import label_lists
from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.releases import retire
from codices.resources.index.schema import DATA_TABLES, IMAGES, RELEASES
from codices.resources.index.tables import Tables
from codices.resources.settings.index_options import IndexOptions

SMALL_FRAGMENTS = 16
"""From so many on they are joined: a commit of a shard makes one, and a query opens every one of them."""

SMALL_ROWS = (1 << 14, 1 << 20)
"""A fragment is small with fewer rows: where there are many of the first size they become one of it, and so on up, so
that a table is not written again for a few rows. The last is Lance's own size of a fragment."""

DELETED_SHARE = 0.1
"""From this share of deleted rows on, fragments are written again without them."""

CLEAN_UP_SHARE = 1 / 8
"""Of `clean_up_days`: how long after a clean-up the next is due. One opens every version, old or not."""

_JOINING: dict[str, Any] = {"num_threads": 1, "max_bytes_per_file": 2 << 30}
_BATCH_ROWS = {IMAGES: 16}
_BATCH_ROWS_ELSE = 1024


def table_status(tables: Tables) -> dict[str, dict[str, int]]:
    """Per table: rows, bytes, fragments, small_fragments, deleted_rows, versions, version, and unindexed rows of the
    index that lacks most. For `codices status` and run metadata; tables that do not exist are left out."""
    return {name: _status(tables.open(name)) for name in (*DATA_TABLES, RELEASES) if name in tables.names()}


def _status(table: LanceTable) -> dict[str, int]:
    dataset = table.to_lance()
    stats = dataset.stats.dataset_stats(max_rows_per_group=SMALL_ROWS[0])
    indexes = [table.index_stats(index.name) for index in table.list_indices()]
    return {
        "rows": table.count_rows(),
        "bytes": _bytes_on_disk(dataset),
        "fragments": stats["num_fragments"],
        "small_fragments": stats["num_small_files"],
        "deleted_rows": stats["num_deleted_rows"],
        "versions": len(dataset.version_refs()),
        "version": table.version,
        "unindexed": max((each.num_unindexed_rows for each in indexes if each), default=0),
    }


def _bytes_on_disk(dataset: lance.LanceDataset) -> int:
    fields = cast("list[lance.FieldStatistics]", dataset.stats.data_stats().fields)  # declared as one, is a list
    return sum(each.bytes_on_disk for each in fields)


def maintain(tables: Tables, options: IndexOptions, cleaned_up: str | None = None) -> dict[str, Any]:
    """Compact where it is worth it, retire releases by count and age, free old versions where that is due again.

    `cleaned_up`: when that was done last, as this returned it. Returns `{"compacted": [table, …], "retired":
    [release, …], "freed_bytes": n, "freed_versions": n, "cleaned_up": ISO 8601}`. Compaction reads 1024 rows (16
    pictures) at a time on one thread, so that memory does not grow with the table.
    """
    joined = {name for name in DATA_TABLES if _join_new(tables, name)}
    compacted = [name for name in (*DATA_TABLES, RELEASES) if _compact(tables, name) or name in joined]
    retired = retire(tables, options.keep_releases, timedelta(days=options.keep_days))
    freed_bytes = freed_versions = 0
    now, lasts = datetime.now(UTC), timedelta(days=options.clean_up_days)
    due = cleaned_up is None or now - datetime.fromisoformat(cleaned_up) >= CLEAN_UP_SHARE * lasts
    for name in (*DATA_TABLES, RELEASES) if due else ():
        with explained(f"freeing old versions of {name}"):
            freed = retrying(
                lambda name=name: tables.dataset(name).cleanup_old_versions(
                    older_than=lasts,
                    # Tagged versions are what releases pin: kept, and no reason to stop.
                    error_if_tagged_old_versions=False,
                )
            )
        freed_bytes += freed.bytes_removed
        freed_versions += freed.old_versions
    return {
        "compacted": compacted,
        "retired": retired,
        "freed_bytes": freed_bytes,
        "freed_versions": freed_versions,
        "cleaned_up": now.isoformat() if due else cleaned_up,
    }


def _join_new(tables: Tables, name: str) -> bool:
    """Make one fragment of those that the shards of a run wrote, before any index has them: nothing else is read."""
    options: Any = {
        **_JOINING,
        "batch_size": _BATCH_ROWS.get(name, _BATCH_ROWS_ELSE),
        "target_rows_per_fragment": SMALL_ROWS[0],
        "materialize_deletions": False,
    }

    def join() -> bool:
        dataset = tables.dataset(name)
        indexed = {at for index in dataset.describe_indices() for part in index.segments for at in part.fragment_ids}
        tasks = Compaction.plan(dataset, options).tasks
        new = [task for task in tasks if indexed.isdisjoint(fragment.id for fragment in task.fragments)]
        if new:
            Compaction.commit(dataset, [task.execute(dataset) for task in new])
        return bool(new)

    with explained(f"compacting {name}"):
        return retrying(join)


def _compact(tables: Tables, name: str) -> bool:
    dataset = tables.dataset(name)
    version, rows = dataset.version, _rows_of_fragments(dataset)
    if rows is None:
        return False
    with explained(f"compacting {name}"):
        # Moving a label-list index along takes Lance far longer than `build_indexes` takes for a new one: 4.6 s, .04 s.
        for index in label_lists(tables.open(name)):
            retrying(lambda index=index: tables.open(name).drop_index(index))
        retrying(
            lambda: tables.dataset(name).optimize.compact_files(
                batch_size=_BATCH_ROWS.get(name, _BATCH_ROWS_ELSE),
                target_rows_per_fragment=rows,
                # Fragments that are large enough would be cut up into small ones.
                materialize_deletions=rows == SMALL_ROWS[-1],
                materialize_deletions_threshold=DELETED_SHARE,
                **_JOINING,
            )
        )
    return tables.dataset(name).version > version


def _rows_of_fragments(dataset: lance.LanceDataset) -> int | None:
    """The size of fragments that small ones should be joined to; None where there is nothing to gain."""
    statistics = dataset.stats
    deleted = statistics.dataset_stats()["num_deleted_rows"]
    if deleted > DELETED_SHARE * (dataset.count_rows() + deleted):
        return SMALL_ROWS[-1]
    for level, rows in enumerate(SMALL_ROWS, start=1):
        # Up to SMALL_FRAGMENTS of each size below may wait to be joined among themselves.
        if statistics.dataset_stats(max_rows_per_group=rows)["num_small_files"] >= level * SMALL_FRAGMENTS:
            return rows
    return None
