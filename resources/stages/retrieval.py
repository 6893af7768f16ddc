"""The configured queries against the freshly written tables: hits ranked, quality measured."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.errors import ReleaseMissing
from codices.resources.index.releases import find_release
from codices.resources.search.evaluation.metrics import measured
from codices.resources.search.evaluation.report import html_report, markdown_preview
from codices.resources.search.evaluation.retrieve import RANKED, judged_modalities, retrieve_queries
from codices.resources.search.index import Index
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


def run_queries(workspace: Workspace) -> pa.Table:
    """The ranked hits of the configured queries (rows of RANKED), kept in the home."""
    queries, options = configured_queries(workspace), workspace.settings.retrieval
    ranked = RANKED.empty_table()
    if queries:
        ranked = retrieve_queries(candidate_index(workspace), queries, level=options.level, limit=options.limit)
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
        digest = fingerprint([vars(query) for query in queries], judgements)
        quality = measured(
            ranked,
            queries,
            judgements,
            last=_last_per_query(workspace, digest),
            modalities=judged_modalities(candidate_index(workspace), judgements, workspace.settings.retrieval.level),
        )
        quality["nDCG@10"] = quality["all"].get("nDCG@10")
        quality["queries_digest"] = digest
    if queries:
        page = html_report(
            candidate_index(workspace), queries, ranked, judgements=judgements or None, measures=quality or None
        )
        workspace.home.folder.write(REPORT_FILE, page.encode())
    workspace.home.stages.write(QUALITY_REPORT, json.dumps(quality).encode())
    return quality


def _last_per_query(workspace: Workspace, digest: str) -> dict[str, dict[str, float]] | None:
    """None where the last release was measured on other queries or judgements."""
    try:
        before = find_release(workspace.tables).metrics
    except ReleaseMissing:
        return None
    retrieval = before.get("retrieval") or {}
    return retrieval.get("per_query") if retrieval.get("queries_digest") == digest else None
