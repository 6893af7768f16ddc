"""The configured queries against the freshly written tables: hits ranked, quality measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.errors import ReleaseMissing
from codices.resources.index.releases import find_release
from codices.resources.search.evaluation.judged import Judgements, judged_level
from codices.resources.search.evaluation.metrics import measured
from codices.resources.search.evaluation.report import html_report, markdown_preview
from codices.resources.search.evaluation.retrieve import RANKED, judged_modalities, retrieve_queries
from codices.resources.search.index import Index
from codices.resources.search.query.queries import QueryRow
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import Fusion
from codices.resources.stages.query_files import configured_judgements, configured_queries
from codices.resources.stages.releasing import QUALITY_REPORT, candidate
from codices.resources.stages.workspace import Workspace

RANKED_FILE = "retrieval.parquet"
REPORT_FILE = "retrieval.html"


def candidate_index(workspace: Workspace) -> Index:
    """The tables as they are now, open for searching with the models of this run."""
    return Index(
        candidate(workspace),
        workspace.settings.search,
        encoders=workspace.settings.encoders,
        text_encoder=workspace.text_encoder,
        image_encoder=workspace.image_encoder,
    )


def retrieval_level(workspace: Workspace, index: Index) -> Level:
    """What one hit is: as the settings say, else what the judgements name in `index`, else a source."""
    level = workspace.settings.retrieval.level
    if level != "auto":
        return level
    return judged_level(index, configured_judgements(workspace)) or "source"


def run_queries(workspace: Workspace) -> pa.Table:
    """The ranked hits of the configured queries (rows of RANKED), kept in the home."""
    queries, limit = configured_queries(workspace), workspace.settings.retrieval.limit
    ranked = RANKED.empty_table()
    if queries:
        index = candidate_index(workspace)
        ranked = retrieve_queries(index, queries, level=retrieval_level(workspace, index), limit=limit)
    with workspace.home.stages.open_output(RANKED_FILE) as stream:
        pq.write_table(ranked, stream)
    return ranked


def preview_queries(workspace: Workspace, ranked: pa.Table) -> str:
    """The first hits of the configured queries with thumbnails, as Markdown."""
    if not ranked.num_rows:
        return "nothing: `retrieval.queries` is not set, or nothing was found"
    return markdown_preview(candidate_index(workspace), configured_queries(workspace), ranked)


def measure_queries(workspace: Workspace) -> dict[str, Any]:
    """nDCG@10, R@10, R@100 and MRR of the ranked hits by query type and modality, and the change against the last
    release. Empty without judgements. The hits of every query, with pictures, are written as a page: REPORT_FILE."""
    queries, judgements = configured_queries(workspace), configured_judgements(workspace)
    quality: dict[str, Any] = {}
    ranked = RANKED.empty_table()
    if queries:
        with workspace.home.stages.open_input(RANKED_FILE) as stream:
            ranked = pq.read_table(stream, schema=RANKED)
    if queries and judgements:
        index = candidate_index(workspace)
        digest = fingerprint([vars(query) for query in queries], judgements)
        level = retrieval_level(workspace, index)
        quality = measured(
            ranked,
            queries,
            judgements,
            last=_last_per_query(workspace, digest),
            modalities=judged_modalities(index, judgements, level),
        )
        quality["nDCG@10"] = quality["all"].get("nDCG@10")
        quality["queries_digest"] = digest
        quality["level"] = level
        quality["fusions"] = _both_fusions(index, queries, judgements, level, quality["all"])
    if queries:
        page = html_report(
            candidate_index(workspace), queries, ranked, judgements=judgements or None, measures=quality or None
        )
        workspace.home.folder.write(REPORT_FILE, page.encode())
    workspace.home.stages.write(QUALITY_REPORT, json.dumps(quality).encode())
    return quality


def _both_fusions(
    index: Index, queries: Sequence[QueryRow], judgements: Judgements, level: Level, chosen: dict[str, float]
) -> dict[str, dict[str, float]]:
    """Fusion -> means of all judged queries: what the release runs (`chosen`), and the other fusion beside it."""
    other: Fusion = "convex" if index.plan.kind == "rrf" else "rrf"
    ranked = retrieve_queries(index.fused_by(other), queries, level=level)
    measures = {index.plan.kind: chosen, other: measured(ranked, queries, judgements)["all"]}
    return {kind: measures[kind] for kind in sorted(measures, reverse=True)}


def _last_per_query(workspace: Workspace, digest: str) -> dict[str, dict[str, float]] | None:
    """None where the last release was measured on other queries or judgements."""
    try:
        before = find_release(workspace.tables).metrics
    except ReleaseMissing:
        return None
    retrieval = before.get("retrieval") or {}
    return retrieval.get("per_query") if retrieval.get("queries_digest") == digest else None
