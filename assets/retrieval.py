"""The configured queries on the fresh tables: leg weights, ranked hits, quality."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from codices.assets.partitions import SETTINGS, SINGLE_RUN
from codices.assets.search_indexes import search_indexes
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.calibration import refresh_calibration
from codices.resources.stages.releasing import release_fingerprint
from codices.resources.stages.retrieval import REPORT_FILE, measure_queries, preview_queries, run_queries


@dg.asset(
    deps=[search_indexes],
    backfill_policy=SINGLE_RUN,
    code_version=release_fingerprint(SETTINGS),
)
def calibration(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Weights of the legs, learnt by cross-validation from judged queries or from the corpus's own captions, headings
    and identifiers; a leg that does not help gets 0. With it, the gap between texts and pictures in their space."""
    with codices.workspace(context) as workspace:
        learnt = refresh_calibration(workspace)
    gap = {name: value for name, value in (learnt.get("gap") or {}).items() if not name.endswith("_mean")}
    weights = {name: value for name, value in learnt.items() if name != "gap"}
    return dg.MaterializeResult(
        metadata={
            "adopted": bool(learnt.get("adopted")),
            "learnt from": learnt.get("source", "nothing: too few queries"),
            "calibration": dg.MetadataValue.json(weights),
            "modality gap": dg.MetadataValue.json(gap),
        }
    )


@dg.asset(
    deps=[calibration],
    backfill_policy=SINGLE_RUN,
)
def retrieval(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Ranked hits of `retrieval.queries`, fused from all legs by weighted reciprocal ranks (or as `search.fusion` or an
    adopted calibration says), before any reader sees the tables. Each hit has its rank and contribution in each leg."""
    with codices.workspace(context) as workspace:
        ranked = run_queries(workspace)
        preview = preview_queries(workspace, ranked)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": ranked.num_rows, "first hits": dg.MetadataValue.md(preview)}
    )


@dg.asset(
    deps=[retrieval],
    backfill_policy=SINGLE_RUN,
)
def retrieval_metrics(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """nDCG@10, R@10, R@100 and MRR where judgements exist, by both fusions, and the change against the last release."""
    with codices.workspace(context) as workspace:
        quality = measure_queries(workspace)
    if not quality:
        return dg.MaterializeResult(metadata={"quality": "not measured: retrieval.queries or .judgements is not set"})
    shown = {key: value for key, value in quality.items() if key != "per_query"}
    return dg.MaterializeResult(
        metadata={
            **{name: round(value, 4) for name, value in quality["all"].items() if name != "n"},
            **_fusions(quality["fusions"]),
            **_changes(quality["change"]),
            "quality": dg.MetadataValue.json(shown),
            "report": dg.MetadataValue.path(workspace.home.folder.describe(REPORT_FILE)),
        }
    )


def _fusions(measures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Both ways to fuse the legs, side by side; the release runs one of them."""
    return {f"{name} by {kind}": value for kind, values in measures.items() for name, value in values.items()}


def _changes(change: Mapping[str, Any] | None) -> dict[str, str]:
    """Against the last release, with the 95 % interval of a paired bootstrap."""
    return {
        f"{name} change": f"{found['mean']:+.4f} ({found['low']:+.4f} to {found['high']:+.4f})"
        for name, found in (change or {}).items()
        if found and found["n"]
    }
