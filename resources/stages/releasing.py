"""From written tables to a release: build the indexes, and pin what has proved itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.common.profiles import image_source, open_clip_parameters, text_source
from codices.resources.foundation.files import CLOCK_SLACK_SECONDS
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.checks import Check, run_checks, sound_vectors
from codices.resources.index.comparison import NOTHING_FOUND, reasons_against
from codices.resources.index.embedding_function import attach_encoders
from codices.resources.index.errors import IndexStoreError, ReleaseMissing, TableDamaged
from codices.resources.index.releases import (
    OpenRelease,
    Release,
    cut_release,
    find_release,
    list_releases,
    open_release,
    pins_todays_tables,
    retire_unreadable,
)
from codices.resources.index.tables import Tables
from codices.resources.search.release_settings import release_settings
from codices.resources.settings.settings import Settings
from codices.resources.stages.query_files import configured_queries, query_file_digests
from codices.resources.stages.workspace import Workspace
from codices.resources.store.records import Document

INDEX_REPORT = "search_indexes.json"
QUALITY_REPORT = "retrieval_metrics.json"
CALIBRATION = "calibration.json"
SOUND_VECTORS = "sound_vectors.json"  # files of vectors that were found to be of length 1: see `checks`
MEASURED_QUERIES = 200  # of the configured ones: recall is as sure by then as the corpus's own sample makes it


def indexes_fingerprint(settings: Settings) -> str:
    """What the indexes depend on beside the rows: what Dagster shows as their code version."""
    return fingerprint(INDEX_REPORT, settings.index.model_dump())


def release_fingerprint(settings: Settings) -> str:
    """What calibration, retrieval and release depend on beside the indexes."""
    return fingerprint(CALIBRATION, _search_inputs(settings))


def build_search_indexes(workspace: Workspace) -> dict[str, Any]:
    """Vector, full-text and scalar indexes, brought up to date and measured; pictures that no element shows go."""
    # Not above: LanceDB takes a second to import, and a run that finds nothing to do gets by without it.
    from codices.resources.index.building import build_indexes
    from codices.resources.index.maintenance import maintain

    tables, encoders = workspace.tables_to_write, workspace.settings.encoders
    attach_encoders(
        tables,
        {
            # LanceDB's function would return whole vectors.
            "text_vector": None if encoders.text_dimension else open_clip_parameters(text_source(encoders)),
            "image_vector": None if encoders.image_dimension else open_clip_parameters(image_source(encoders)),
        },
    )
    orphans = tables.remove_orphan_images()
    before = _report(workspace, INDEX_REPORT)
    cleaned_up = before.get("upkeep", {}).get("cleaned_up")
    upkeep = maintain(tables, workspace.settings.index, cleaned_up)  # first, so that a release pins compacted tables
    if before:  # a run that is killed after it folded rows in leaves no count of them: its successor measures anew
        _write_report(workspace, before | {"finished": False})
    known = before if before.get("finished") else None
    report = build_indexes(tables, workspace.settings.index, _query_vectors(workspace), known)
    report["orphan_images_removed"] = orphans.deleted
    report["upkeep"] = upkeep
    report["finished"] = True
    _write_report(workspace, report)
    return report


def _write_report(workspace: Workspace, report: dict[str, Any]) -> None:
    workspace.home.stages.write(INDEX_REPORT, json.dumps(report, default=str).encode())


def _query_vectors(workspace: Workspace) -> dict[str, Vectors]:
    """The configured queries in both spaces: an index has to hold its recall on what people ask, too."""
    texts = [query.text for query in configured_queries(workspace)][:MEASURED_QUERIES]
    if not texts:
        return {}
    return {
        "text_vector": workspace.text_encoder.encode(texts),
        "image_vector": workspace.image_encoder.encode_texts(texts),
    }


def candidate(workspace: Workspace) -> OpenRelease:
    """The tables as they are now, opened as if they were a release: what retrieval is measured on."""
    tables = workspace.tables
    release = Release(
        name="candidate",
        created_at=datetime.now(UTC),
        promotions=(),
        versions=tables.versions(),
        metrics={},
        settings=settings_of_release(workspace),
    )
    return OpenRelease(tables, release, tagged=False)


def settings_of_release(workspace: Workspace) -> dict[str, Any]:
    """What a release is made with, as it is kept in its row: models and digests, search, calibration, and a key that
    stays the same as long as another run would cut the same release."""
    settings = workspace.settings
    return {
        **release_settings(
            settings.encoders,
            settings.search,
            language=settings.index.language,
            index_report=_report(workspace, INDEX_REPORT),
            calibration=_report(workspace, CALIBRATION) or None,
        ),
        "codices": version("codices"),
        "corpus": workspace.home.corpus,
        "key": release_key(workspace),
    }


def release_key(workspace: Workspace) -> str:
    """Hash of every committed row's fingerprint, of the settings that indexes and search depend on, and of the files
    of queries and judgements."""
    settings = workspace.settings
    rows = [sorted(workspace.committed.read(shard).items()) for shard in workspace.home.shard_keys]
    return fingerprint(rows, settings.index.model_dump(), _search_inputs(settings))


def _search_inputs(settings: Settings) -> list[Any]:
    retrieval = settings.retrieval
    return [settings.search.model_dump(), retrieval.model_dump(), query_file_digests(retrieval)]


def release_is_current(workspace: Workspace) -> bool:
    """Whether the newest release, promoted or not, is what a run would cut now."""
    try:
        newest = next(iter(list_releases(workspace.tables)), None)
        same_tables = newest is not None and pins_todays_tables(workspace.tables, newest)
    except IndexStoreError:
        return False
    return newest is not None and same_tables and newest.settings.get("key") == release_key(workspace)


def cut(workspace: Workspace) -> tuple[Release, list[str]]:
    """Pin the tables as they are. Returns the release, and the reasons why readers do not see it yet, if there are any.

    A candidate is kept but not promoted when an index does not hold its recall contract, when its quality fell by more
    than `retrieval.max_quality_drop`, when documents are missing that nobody deleted, or when shards with listed files
    were never written (unless `safety.promote_partial` says otherwise).
    """
    tables = workspace.tables
    try:
        latest = find_release(tables)
    except ReleaseMissing:
        latest = None
    metrics = {"index": _report(workspace, INDEX_REPORT), "retrieval": _report(workspace, QUALITY_REPORT)}
    draft = replace(candidate(workspace).release, metrics=metrics)
    reasons = reasons_against(tables, draft, latest, workspace.settings.retrieval.max_quality_drop)
    if not workspace.settings.safety.promote_partial:
        reasons += _never_written(workspace)
    # A release must not outlive what it pins; what was there when the one before was cut, that flushed.
    flushed = max((each.created_at.timestamp() for each in list_releases(tables)), default=0) - CLOCK_SLACK_SECONDS
    tables.make_durable(since=flushed)
    release = cut_release(
        tables,
        metrics=metrics,
        settings=draft.settings,
        note=_note(reasons, metrics["retrieval"]),
        promote=not reasons,
    )
    tables.make_durable(since=flushed)
    retire_unreadable(tables)
    return release, reasons


def _note(reasons: list[str], quality: Mapping[str, Any]) -> str | None:
    """What the release has to say: why it was not promoted, or that a first one, which is promoted, finds nothing."""
    if reasons:
        return "not promoted: " + "; ".join(reasons)
    return NOTHING_FOUND if quality.get("nDCG@10") == 0 else None


def _never_written(workspace: Workspace) -> list[str]:
    """Why a release of some of the listed shards alone waits, as a sentence; none where all were written."""
    waiting = waiting_files(workspace)
    if not waiting:
        return []
    return [
        f"{sum(waiting.values())} listed files are in shards that were never written: {', '.join(waiting)}. Write them "
        "(`codices index`, or materialize these partitions); to let readers have a part of the corpus, promote the "
        "release, or set safety.promote_partial"
    ]


def waiting_files(workspace: Workspace) -> dict[str, int]:
    """Shard -> files that the newest listing has in it, of the shards whose rows were never written, in order."""
    listed = workspace.records.listed_per_shard()
    return {shard: listed[shard] for shard in sorted(listed.keys() - workspace.committed.recorded())}


def checks(workspace: Workspace) -> list[Check]:
    """What must hold of the tables before readers get them: every document that was taken up from the listing is
    accounted for, and no listed file waits in a shard that was never written."""
    known = [row.doc_id for row in known_documents(workspace)]
    versions, sound = workspace.tables.versions(), {} if workspace.force else _report(workspace, SOUND_VECTORS)
    found = run_checks(
        workspace.tables,
        versions=versions,
        listed=known,
        waiting=waiting_files(workspace),
        unfinished=workspace.committed.unfinished(workspace.home.shard_keys),
        max_failed_share=workspace.settings.safety.max_failed_share,
        readable=readable_documents(workspace.tables),
        max_lost_share=workspace.settings.safety.max_lost_share,
        metrics=_report(workspace, INDEX_REPORT) or None,
        sound=sound,
    )
    still_sound = sound_vectors(workspace.tables, versions, found)
    if still_sound != sound:
        workspace.home.stages.write(SOUND_VECTORS, json.dumps(still_sound).encode())
    return found


def readable_documents(tables: Tables) -> list[str]:
    """doc_ids that readers of the latest release have; none where there is no release that can be opened."""
    try:
        documents_of_latest = open_release(tables).documents.to_lance()
    except (ReleaseMissing, TableDamaged):  # nothing can be read now, so nothing is lost
        return []
    return documents_of_latest.to_table(["doc_id"], "state = 'indexed'").column("doc_id").to_pylist()


def check_tables(workspace: Workspace) -> None:
    """Raises TableMissing when rows were committed to a table that is not there any more (deleted by hand, or lost),
    TableDamaged when there are the tables of another home instead."""
    workspace.check_identity()
    committed = any(workspace.committed.read(shard) for shard in workspace.home.shard_keys)
    workspace.tables.check_complete(filled=committed)


def rebuild_tables(workspace: Workspace) -> None:
    """Forget what was committed and make missing tables anew, so that the next run writes every row again."""
    workspace.committed.forget(workspace.home.shard_keys)
    if workspace.tables.names():
        workspace.check_identity()
        encoders = workspace.text_encoder, workspace.image_encoder
        workspace.tables.ensure(encoders[0].dimension, encoders[1].dimension, rebuild=True)


def known_documents(workspace: Workspace) -> Iterator[Document]:
    """The documents of all shards, tombstones left out."""
    for shard in workspace.home.shard_keys:
        yield from (row for row in workspace.records.documents(shard) if row.is_there)


def _report(workspace: Workspace, name: str) -> dict[str, Any]:
    data = workspace.home.stages.read(name)
    return {} if data is None else json.loads(data)
