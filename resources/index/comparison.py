"""Two releases side by side, and what speaks against promoting a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from lance import LanceDataset

from codices.resources.index.errors import ReleaseMissing
from codices.resources.index.releases import OpenRelease, Release, open_release
from codices.resources.index.schema import DOCUMENTS, MODALITIES
from codices.resources.index.tables import Tables

QUALITY = ("retrieval", "nDCG@10")
_PASSING = ("no_permission", "unreadable", "vanished", "changed_while_read")  # of the place or moment, not the content
QUERIES = ("retrieval", "queries_digest")
"""Where a release's metrics hold its retrieval quality, and the identity of the queries that it was measured with."""


NOTHING_FOUND = "no judged query finds any of its answers (nDCG@10 is 0): do the judgements name this corpus's files?"


@dataclass(frozen=True)
class Difference:
    """What release `b` has that `a` has not. Documents are paths, sorted; a moved one is `(before, after)`, with the
    same content; `failed` were indexed in `a` and failed in `b`. `elements` and `metrics`: key to (in a, in b)."""

    a: str
    b: str
    added: list[str]
    removed: list[str]
    changed: list[str]
    moved: list[tuple[str, str]]
    failed: list[str]
    elements: dict[str, tuple[int, int]]
    metrics: dict[str, tuple[Any, Any]]


def diff(tables: Tables, a: str, b: str) -> Difference:
    """Documents, element counts and metrics of two releases (names, times or `latest`). Raises ReleaseMissing."""
    before, after = open_release(tables, a), open_release(tables, b)
    old, new = _documents(before), _documents(after)
    old_live = {key: row for key, row in old.items() if row["state"] == "indexed"}
    new_live = {key: row for key, row in new.items() if row["state"] == "indexed"}
    added = set(new_live) - set(old_live)
    failed = {key for key in old_live if new.get(key, {}).get("state") == "failed"}
    removed = set(old_live) - set(new_live) - failed
    by_content = {new_live[key]["content_hash"]: key for key in added if new_live[key]["content_hash"]}
    moved = {key: by_content[content] for key in removed if (content := old_live[key]["content_hash"]) in by_content}
    changed = {
        key
        for key in old_live.keys() & new_live.keys()
        if old_live[key]["content_hash"] != new_live[key]["content_hash"]
    }
    return Difference(
        a=before.name,
        b=after.name,
        added=sorted(new[key]["path"] for key in added - set(moved.values())),
        removed=sorted(old[key]["path"] for key in removed - set(moved)),
        changed=sorted(new[key]["path"] for key in changed),
        moved=sorted((old[key]["path"], new[other]["path"]) for key, other in moved.items()),
        failed=sorted(new[key]["path"] for key in failed),
        elements={each: (_elements(before, each), _elements(after, each)) for each in MODALITIES},
        metrics=_changed_metrics(before.metrics, after.metrics),
    )


def _documents(release: OpenRelease) -> dict[str, dict[str, Any]]:
    return {row["doc_id"]: row for row in _rows(release.documents.to_lance())}


def _rows(documents: LanceDataset, where: str | None = None) -> list[dict[str, Any]]:
    return documents.to_table(["doc_id", "path", "content_hash", "state", "error"], where).to_pylist()


def _elements(release: OpenRelease, modality: str) -> int:
    return release.elements.count_rows(f"modality = '{modality}'")


def _changed_metrics(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    old, new = _flat(a), _flat(b)
    keys = sorted(old.keys() | new.keys())
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def _flat(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Numbers and words by dotted key; lists (the steps of a build) and what is kept per query are left out."""
    flat: dict[str, Any] = {}
    for key, value in metrics.items():
        if key == "per_query":
            continue
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            flat[prefix + key] = value
    return flat


def _at(metrics: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What a path of keys leads to, also where that is 0; None where there is nothing."""
    found: Any = metrics
    for key in path:
        found = found.get(key) if found else None
    return found


def reasons_against(tables: Tables, candidate: Release, latest: Release | None, max_quality_drop: float) -> list[str]:
    """Why `candidate` should stay a candidate: sentences for a person, none when it may be promoted.

    Its nDCG@10 (metrics `retrieval`, `nDCG@10`) fell by more than `max_quality_drop` on the same queries, or to nothing
    on any; or documents that `latest` has were lost although nobody deleted them (no row any more, failed with the
    content that was indexed before, or for a reason that may pass); or its indexes do not hold the recall contract
    (metrics `index`, `holds`).
    """
    reasons: list[str] = []
    if _at(candidate.metrics, ("index",)) and not candidate.metrics["index"].get("holds", True):
        reasons.append(f"no vector index that the settings allow holds the recall contract (release {candidate.name})")
    if latest is None:
        return reasons
    new, old = _at(candidate.metrics, QUALITY), _at(latest.metrics, QUALITY)
    same_queries = _at(candidate.metrics, QUERIES) == _at(latest.metrics, QUERIES)
    if new is not None and old is not None and same_queries and old - new > max_quality_drop:
        reasons.append(
            f"nDCG@10 fell from {old:.3f} ({latest.name}) to {new:.3f}; retrieval.max_quality_drop allows "
            f"{max_quality_drop:g}"
        )
    elif new == 0 and not (same_queries and old == 0):
        reasons.append(NOTHING_FOUND)
    try:
        before = OpenRelease(tables, latest).documents.to_lance()
    except ReleaseMissing:  # its table was made anew: what it had cannot be told any more
        return reasons
    lost = _lost(before, tables.dataset(DOCUMENTS, candidate.versions[DOCUMENTS]))
    if lost:
        had = before.count_rows("state = 'indexed'")
        reasons.append(
            f"{len(lost)} of {had} documents of {latest.name} that nobody deleted are "
            f"lost: {', '.join(lost[:5])}; to show readers the rest: `codices releases promote {candidate.name}`"
        )
    return reasons


def _lost(before: LanceDataset, after: LanceDataset) -> list[str]:
    """Paths of documents that were indexed and are lost, sorted. Only of those that look lost is more read than ids."""
    there = after.to_table(["doc_id"], "state != 'failed'").column("doc_id").combine_chunks()
    indexed = before.to_table(["doc_id", "path", "content_hash"], "state = 'indexed'")
    missing = indexed.filter(~pc.field("doc_id").isin(there)).to_pylist()
    failed = {row["doc_id"]: row for row in _rows(after, "state = 'failed'")} if missing else {}
    return sorted(row["path"] for row in missing if _is_lost(row, failed.get(row["doc_id"])))


def _is_lost(before: dict[str, Any], failed: dict[str, Any] | None) -> bool:
    if failed is None:
        return True
    return failed["content_hash"] == before["content_hash"] or (failed["error"] or {}).get("kind") in _PASSING
