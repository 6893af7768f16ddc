"""What is in a home: documents by state, failures with their reasons, tables, index coverage, releases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from codices.resources.index.errors import IndexStoreError, ReleaseMissing, TableMissing
from codices.resources.index.releases import find_release, list_releases
from codices.resources.index.schema import RELEASES, VECTOR_COLUMNS
from codices.resources.stages.releasing import check_tables
from codices.resources.stages.workspace import Workspace


def release_name(workspace: Workspace) -> str | None:
    """The release that readers see, or None before the first."""
    try:
        return find_release(workspace.tables).name
    except ReleaseMissing:
        return None


def release_notes(workspace: Workspace) -> list[str]:
    """What the newest release has to say: why it was not promoted, which judged queries are of no use, or that its
    indexes are larger than was asked for."""
    newest = next(iter(list_releases(workspace.tables)), None)
    if newest is None:
        return []
    built = {column: newest.metrics.get("index", {}).get(column) or {} for column in VECTOR_COLUMNS}
    larger = [
        f"the index of {column} is {measured['saving']}x smaller than its vectors, not "
        f"{workspace.settings.index.target_saving:g}x: {measured['saving_note']}"
        for column, measured in built.items()
        if measured.get("saving_note")
    ]
    evidence = (newest.settings.get("calibration") or {}).get("evidence")
    return [*filter(None, (newest.note, _useless(evidence))), *larger]


def _useless(evidence: dict[str, Any] | None) -> str | None:
    if not evidence:
        return None
    from codices.resources.search.evaluation.evidence import told  # LanceDB comes with it, which takes a second

    return told(evidence)


def document_counts(workspace: Workspace, run_id: str | None, since: datetime) -> dict[str, int]:
    """Documents that the run indexed, those removed `since` then, and how many stand unchanged or failed in all."""
    counts: dict[str, int] = dict.fromkeys(("indexed", "failed", "unchanged", "removed"), 0)
    for row in _document_rows(workspace, ["state", "run_id", "gone_at"]):
        if row["state"] == "failed":
            counts["failed"] += 1
        elif row["state"] == "indexed":
            counts["indexed" if run_id is not None and row["run_id"] == run_id else "unchanged"] += 1
        elif row["gone_at"] >= since:
            counts["removed"] += 1
    return counts


def element_counts(workspace: Workspace) -> dict[str, int]:
    """Elements of the index by modality."""
    counts: dict[str, int] = dict.fromkeys(("text", "table", "figure"), 0)
    try:
        elements = workspace.tables.dataset("elements")
    except IndexStoreError:
        return counts
    for modality in counts:
        counts[modality] = elements.count_rows(f"modality = '{modality}'")
    return counts


def failures(workspace: Workspace) -> list[dict[str, str]]:
    """Every failed document: path, stage, kind and the reason in words."""
    rows = _document_rows(workspace, ["path", "state", "error"])
    return [
        {
            "path": row["path"],
            "stage": row["error"]["stage"],
            "kind": row["error"]["kind"],
            "reason": row["error"]["message"],
        }
        for row in sorted(rows, key=lambda row: row["path"])
        if row["state"] == "failed"
    ]


def warnings(workspace: Workspace) -> list[dict[str, str]]:
    """What is lost of documents that were indexed: path, stage, kind and the reason in words."""
    rows = _document_rows(workspace, ["path", "state", "warnings"])
    return [
        {"path": row["path"], "stage": warning["stage"], "kind": warning["kind"], "reason": warning["message"]}
        for row in sorted(rows, key=lambda row: row["path"])
        if row["state"] == "indexed"
        for warning in row["warnings"] or []
    ]


def _document_rows(workspace: Workspace, columns: list[str]) -> list[dict[str, Any]]:
    try:
        return workspace.tables.dataset("documents").to_table(columns=columns).to_pylist()
    except IndexStoreError:
        return []


def full_status(workspace: Workspace) -> dict[str, Any]:
    """Everything that `codices status` prints. `problem` says which tables are gone, and what to do.

    Raises TableDamaged, HomeError or NewerSchema when tables, stages and home do not belong together or are newer.
    """
    from codices.resources.index.maintenance import table_status  # imports LanceDB, which takes a second

    try:
        check_tables(workspace)
        problem = None
    except TableMissing as error:  # what is left is shown all the same
        problem = str(error)
    known = RELEASES in workspace.tables.names() or problem is None
    states = Counter(
        row.state if row.state in ("gone", "failed") else "known"
        for shard in workspace.home.shard_keys
        for row in workspace.records.documents(shard)
    )
    return {
        "home": workspace.home.url,
        "problem": problem,
        "corpus": workspace.home.corpus,
        "shards": workspace.home.shards,
        "documents": {
            **dict(Counter(row["state"] for row in _document_rows(workspace, ["state"]))),
            "known": states["known"] + states["failed"],
        },
        "elements": element_counts(workspace),
        "failures": failures(workspace),
        "warnings": warnings(workspace),
        "tables": table_status(workspace.tables),
        "release": release_name(workspace) if known else None,
        "releases": [
            {
                "name": release.name,
                "created_at": release.created_at,
                "promoted_at": release.promoted_at,
                "note": release.note,
            }
            for release in (list_releases(workspace.tables) if known else [])
        ],
    }
