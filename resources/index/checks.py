"""What must hold of tables before readers get them. Each check says what it counted and names examples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lance import LanceDataset, LanceFragment

from codices.resources.index.rows import UNIT_TOLERANCE, dense
from codices.resources.index.schema import DATA_TABLES, DOCUMENTS, ELEMENTS, IMAGES, TABLES, VECTOR_COLUMNS
from codices.resources.index.shard_writes import field_numbers
from codices.resources.index.tables import Tables

_EXAMPLES = 5


@dataclass(frozen=True)
class About:
    """`blocking`: readers would be hurt when it does not hold, no release is cut."""

    description: str
    blocking: bool = True


CHECKS = {
    "documents_accounted_for": About(
        "Every document taken up from the listing is indexed or failed, and no removed one has a row."
    ),
    "listed_shards_written": About("No listed file is in a shard that was never written.", blocking=False),
    **{f"no_duplicate_{name}": About(f"No two rows of {name} have one {TABLES[name].key}.") for name in DATA_TABLES},
    **{
        f"unit_length_{column}": About(f"Every {column} is there if it must be, finite, and of length 1.")
        for column in VECTOR_COLUMNS
    },
    "no_orphan_elements": About("Every element belongs to an indexed document."),
    "element_counts_agree": About("Every document has as many elements as its row says: none is half indexed."),
    "no_missing_images": About("Every picture that an element shows is stored."),
    "no_orphan_images": About("Every stored picture is shown by an element.", blocking=False),
    "failed_share": About("No more documents failed than `safety.max_failed_share` allows."),
    "lost_share": About("No more documents that readers have failed than `safety.max_lost_share` allows."),
    **{f"recall_{column}": About(f"The index of {column} holds the recall contract.") for column in VECTOR_COLUMNS},
    **{
        f"saving_{column}": About(f"The index of {column} is as small as `index.target_saving` asks.", blocking=False)
        for column in VECTOR_COLUMNS
    },
}


@dataclass(frozen=True)
class Check:
    """The outcome of one of CHECKS on some tables. `metadata` has the counts, and examples."""

    name: str
    passed: bool
    description: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def run_checks(
    tables: Tables,
    *,
    versions: Mapping[str, int] | None = None,
    listed: Collection[str] | None = None,
    waiting: Mapping[str, int] | None = None,
    unfinished: Collection[str] = (),
    max_failed_share: float = 1.0,
    readable: Collection[str] = (),
    max_lost_share: float = 1.0,
    metrics: Mapping[str, Any] | None = None,
    sound: Mapping[str, Collection[str]] | None = None,
) -> list[Check]:
    """Every check on the tables at `versions` (default: now).

    `listed`: doc_ids that were taken up from the listing of the corpus; without it documents are not accounted for.
    `waiting`: shard -> listed files, of the shards that were never written; without it that is not checked.
    `unfinished`: those that a run began to write and did not finish. `metrics`: what `build_indexes` returned; without
    it the recall contract is not checked. `readable`: doc_ids that readers have now.
    `sound`: what `sound_vectors` said after the last checks; those vectors are
    not read again.
    """
    at = versions or tables.versions()
    opened = {name: tables.dataset(name, at[name]) for name in DATA_TABLES}
    documents = opened[DOCUMENTS].to_table(["doc_id", "path", "state", "elements"])
    shown = _column(opened[ELEMENTS], "doc_id")
    checks = [_no_duplicates(name, opened[name]) for name in DATA_TABLES]
    checks += [_unit_length(opened[ELEMENTS], column, (sound or {}).get(column, ())) for column in VECTOR_COLUMNS]
    indexed = documents.filter(pc.field("state") == "indexed")
    checks += [_no_orphan_elements(indexed, shown), _counts_agree(indexed, shown)]
    checks += list(_pictures(opened[ELEMENTS], opened[IMAGES]))
    checks += [
        _failed_share(documents, max_failed_share),
        _lost_share(documents, readable, max_lost_share),
    ]
    if listed is not None:
        checks.append(_accounted(documents, listed, unfinished))
    if waiting is not None:
        checks.append(_written(waiting))
    if metrics is not None:
        checks += list(_contract(metrics))
    return checks


def sound_vectors(tables: Tables, versions: Mapping[str, int], found: Iterable[Check]) -> dict[str, list[str]]:
    """Per vector column that passed, the files that hold it, of which none is ever changed: for the next checks."""
    passed = {check.name for check in found if check.passed}
    table = tables.dataset(ELEMENTS, versions[ELEMENTS])
    return {
        column: sorted(file for _, file in _files_of(table, column) if file is not None)
        for column in VECTOR_COLUMNS
        if f"unit_length_{column}" in passed
    }


def _files_of(table: LanceDataset, column: str) -> list[tuple[LanceFragment, str | None]]:
    """Fragments, each with the file that holds `column`; None where it has no vector, because the column is newer."""
    number = field_numbers(table, (column,))[column]
    return [
        (fragment, next((file.path for file in fragment.data_files() if number in file.fields), None))
        for fragment in table.get_fragments()
    ]


def _column(table: LanceDataset, name: str, where: str | None = None) -> pa.ChunkedArray:
    return table.to_table(columns=[name], filter=where).column(name)


def _some(values: Iterable[str]) -> list[str]:
    return sorted(values)[:_EXAMPLES]


def _no_duplicates(name: str, table: LanceDataset) -> Check:
    key = TABLES[name].key
    keys = _column(table, key)
    double = len(keys) - len(keys.unique())
    examples: list[str] = []
    if double:
        counts = keys.value_counts()
        examples = [each["values"] for each in counts.to_pylist() if each["counts"] > 1]
    return Check(
        f"no_duplicate_{name}",
        not double,
        f"{double} of {len(keys)} rows of {name} have a {key} that another row has"
        if double
        else f"{len(keys)} rows of {name}, each {key} once",
        {"rows": len(keys), "duplicates": double, "examples": _some(examples)},
    )


def _unit_length(table: LanceDataset, column: str, sound: Collection[str]) -> Check:
    checked = wrong = missing = 0
    worst = 0.0
    new = [fragment for fragment, file in _files_of(table, column) if file not in sound]
    scanner = table.scanner(columns=[column], batch_size=8192, fragments=new)
    for batch in scanner.to_batches() if new else ():
        away = np.abs(np.linalg.norm(dense(batch.column(column))[1], axis=1) - 1)
        checked += len(away)
        missing += batch.column(column).null_count if column in TABLES[ELEMENTS].filled else 0
        wrong += int((~(away <= UNIT_TOLERANCE)).sum())
        worst = max(worst, float(np.nan_to_num(away, nan=np.inf).max(initial=0)))
    return Check(
        f"unit_length_{column}",
        not wrong and not missing,
        f"{wrong} of {checked} vectors of {column} that are new are not of length 1 (the farthest is {worst:.2g} "
        f"away), {missing} are missing",
        {"vectors": checked, "wrong": wrong, "missing": missing, "farthest": worst},
    )


def _no_orphan_elements(indexed: pa.Table, shown: pa.ChunkedArray) -> Check:
    orphans = set(shown.unique().to_pylist()) - set(indexed.column("doc_id").to_pylist())
    return Check(
        "no_orphan_elements",
        not orphans,
        f"{len(orphans)} documents have elements but are not there as indexed (gone, failed or unknown)"
        if orphans
        else "every element belongs to an indexed document",
        {"documents": len(orphans), "examples": _some(orphans)},
    )


def _counts_agree(indexed: pa.Table, shown: pa.ChunkedArray) -> Check:
    """A document whose row promises more or fewer elements than there are is half indexed."""
    doc_ids, counts = shown.value_counts().flatten()
    counted = dict(zip(doc_ids.to_pylist(), counts.to_pylist(), strict=True))
    promised = indexed.select(["doc_id", "path", "elements"])
    wrong = [
        path
        for doc_id, path, elements in zip(*(column.to_pylist() for column in promised.columns), strict=True)
        if (elements or 0) != counted.get(doc_id, 0)
    ]
    return Check(
        "element_counts_agree",
        not wrong,
        f"{len(wrong)} documents have another number of elements than their row says",
        {"documents": len(wrong), "examples": _some(wrong)},
    )


def _pictures(elements: LanceDataset, images: LanceDataset) -> Iterable[Check]:
    shown = set(_column(elements, "image_id", "image_id IS NOT NULL").to_pylist())
    stored = set(_column(images, "image_id").to_pylist())
    yield Check(
        "no_missing_images",
        not shown - stored,
        f"{len(shown - stored)} of {len(shown)} pictures that elements show are not stored",
        {"shown": len(shown), "missing": len(shown - stored), "examples": _some(shown - stored)},
    )
    yield Check(
        "no_orphan_images",
        not stored - shown,
        f"{len(stored - shown)} of {len(stored)} stored pictures are shown by no element",
        {"stored": len(stored), "orphans": len(stored - shown), "examples": _some(stored - shown)},
    )


def _failed_share(documents: pa.Table, limit: float) -> Check:
    states = documents.column("state").to_pylist()
    known = len(states) - states.count("gone")
    paths = documents.column("path").to_pylist()
    failed = [path for path, state in zip(paths, states, strict=True) if state == "failed"]
    share = len(failed) / known if known else 0.0
    return Check(
        "failed_share",
        share <= limit,
        f"{len(failed)} of {known} documents failed{_named(failed)} ({share:.0%})"
        + _let_through("max_failed_share", limit, held=share > limit),
        {"failed": len(failed), "documents": known, "share": share, "examples": _some(failed)},
    )


def _lost_share(documents: pa.Table, readable: Collection[str], limit: float) -> Check:
    """New documents that fail hurt nobody; those that readers have and would lose do."""
    failed = documents.filter(pc.field("state") == "failed").select(["doc_id", "path"])
    before = set(readable)
    lost = [row["path"] for row in failed.to_pylist() if row["doc_id"] in before]
    share = len(lost) / len(before) if before else 0.0
    return Check(
        "lost_share",
        share <= limit,
        f"{len(lost)} of {len(before)} documents that readers have failed{_named(lost)} ({share:.0%})"
        + _let_through("max_lost_share", limit, held=share > limit),
        {"lost": len(lost), "documents": len(before), "share": share, "examples": _some(lost)},
    )


def _named(paths: list[str]) -> str:
    return f", e.g. {', '.join(_some(paths))}" if paths else ""


def _let_through(setting: str, limit: float, *, held: bool) -> str:
    """Which rule held a release, and the command that lets it through."""
    allowed = f"; the setting safety.{setting} allows {limit:.0%}"
    if not held:
        return allowed
    return (
        f"{allowed}, so no release was cut. `codices status` lists them; to release all the same: "
        f"`CODICES_SAFETY__{setting.upper()}=1 codices index`"
    )


def _accounted(documents: pa.Table, listed: Collection[str], unfinished: Collection[str]) -> Check:
    here = set(documents.filter(pc.field("state") != "gone").column("doc_id").to_pylist())
    lost, stale = set(listed) - here, here - set(listed)
    return Check(
        "documents_accounted_for",
        not lost and not stale and not unfinished,
        f"{len(listed)} documents taken up: {len(lost)} have no row, {len(stale)} rows have no file, "
        f"{len(unfinished)} were being written when a run was interrupted",
        {
            "listed": len(listed),
            "lost": len(lost),
            "stale": len(stale),
            "unfinished": len(unfinished),
            "examples": _some({*lost, *stale, *unfinished}),
        },
    )


def _written(waiting: Mapping[str, int]) -> Check:
    files = sum(waiting.values())
    return Check(
        "listed_shards_written",
        not waiting,
        f"{files} listed files wait in shards that were never written: {', '.join(waiting)}"
        if waiting
        else "every shard that has listed files was written",
        {"files": files, "shards": list(waiting)},
    )


def _contract(metrics: Mapping[str, Any]) -> Iterable[Check]:
    for column in VECTOR_COLUMNS:
        measured = metrics[column]
        recall = min(measured["recall"], measured["recall_queries"] or 1.0)
        yield Check(
            f"recall_{column}",
            measured["holds"],
            f"{measured['kind']} finds {recall:.2%} of the ten nearest {column}s at {measured['bytes_per_vector']} "
            f"bytes per vector ({measured['saving']}x smaller), {measured['p50_ms']} ms",
            {key: value for key, value in measured.items() if key != "steps"},
        )
        met = measured["target_saving_met"]
        yield Check(
            f"saving_{column}",
            met,
            f"the index of {column} saves {measured['saving']}x" + ("" if met else f": {measured['saving_note']}"),
            {"saving": measured["saving"]},
        )
