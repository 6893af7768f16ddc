"""All indexes of the tables, brought up to date in one call; what was found goes into the release's metrics."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from codices.resources.index.full_text import (
    add_part,
    build_full_text_indexes,
    build_scalar_indexes,
    fold,
    full_text_index_name,
    indexes_in_parts,
)
from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.rows import Vectors
from codices.resources.index.schema import DATA_TABLES, ELEMENTS, VECTOR_COLUMNS
from codices.resources.index.tables import Tables
from codices.resources.index.vector_indexes import build_vector_index
from codices.resources.settings.index_options import IndexOptions


def build_indexes(
    tables: Tables,
    options: IndexOptions,
    queries: Mapping[str, Vectors] | None = None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build what is missing, fold in rows that came since, measure, and say what stands.

    `queries`: vectors of real queries per vector column, (n, dimension), measured beside the corpus's own. `before`:
    what this returned last, whose measurements stand where little changed. Writes no version when everything is there.
    Returns

        {"text_vector": {...}, "image_vector": {...},          # see vector_indexes.build_vector_index
         "full_text": {"index": name, "unindexed": 0}, "built": ["elements.shard", …], "holds": bool, "seconds": s}

    `holds` is False when no index that the settings allow reached `min_recall`: a release must not be promoted then.
    """
    start = time.perf_counter()
    built = [f"{name}.{column}" for name in DATA_TABLES for column in build_scalar_indexes(tables, name)]
    built += [f"{ELEMENTS}.{column}" for column in build_full_text_indexes(tables, ELEMENTS, options)]
    fold_scalar_indexes(tables)
    report: dict[str, Any] = {}
    for column in VECTOR_COLUMNS:
        report[column] = build_vector_index(
            tables, column, options, (queries or {}).get(column), (before or {}).get(column)
        )
        if report[column]["built"] and report[column]["kind"] != "flat":
            built.append(f"{ELEMENTS}.{column}")
    name = full_text_index_name(options)
    statistics = tables.open(ELEMENTS).index_stats(name)
    report["full_text"] = {"index": name, "unindexed": statistics.num_unindexed_rows if statistics else 0}
    report["built"] = built
    report["holds"] = all(report[column]["holds"] for column in VECTOR_COLUMNS)
    report["seconds"] = round(time.perf_counter() - start, 3)
    return report


def fold_scalar_indexes(tables: Tables) -> list[str]:
    """Bring rows that came since into the full-text and scalar indexes; returns the indexes that had any."""
    folded: list[str] = []
    for table_name in DATA_TABLES:
        table = tables.open(table_name)
        stale = [
            index.name
            for index in table.list_indices()
            if index.columns[0] not in VECTOR_COLUMNS
            and (statistics := table.index_stats(index.name)) is not None
            and statistics.num_unindexed_rows
        ]
        apart = {name: column for name, column in indexes_in_parts(table).items() if name in stale}
        joined = [name for name in stale if name not in apart]
        with explained(f"folding new rows into the indexes of {table_name}"):
            if joined:
                retrying(lambda name=table_name, joined=joined: fold(tables.open(name), joined))
            for index, column in apart.items():
                retrying(lambda name=table_name, at=index, column=column: add_part(tables.open(name), at, column))
        folded += [f"{table_name}.{name}" for name in stale]
    return folded
