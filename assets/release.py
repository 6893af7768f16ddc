"""What readers see: a name that pins the versions of all tables."""

import time

import dagster as dg

from codices.assets.partitions import SINGLE_RUN
from codices.assets.retrieval import retrieval_metrics
from codices.resources.index.releases import Release
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.failing import home_totals
from codices.resources.stages.releasing import cut, release_is_current


@dg.asset(
    deps=[retrieval_metrics],
    backfill_policy=SINGLE_RUN,
    pool="lancedb_writer",
)
def release(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Cuts a release, and promotes it unless it is worse than the last; cuts none when nothing changed.

    Plots under Metadata: documents, failures, bytes, elements, quality and seconds of the run over releases.
    """
    with codices.workspace(context) as workspace:
        if release_is_current(workspace):
            return dg.MaterializeResult(metadata={"release": "unchanged"})
        pinned, reasons = cut(workspace)
        totals = home_totals(workspace)
    for reason in reasons:
        context.log.warning(f"release {pinned.name} is kept but not promoted: {reason}")
    started = context.instance.get_run_stats(context.run.run_id).start_time
    return dg.MaterializeResult(
        metadata={
            "release": pinned.name,
            "promoted": not reasons,
            **({"not promoted because": "; ".join(reasons)} if reasons else {}),
            "versions": dg.MetadataValue.json(pinned.versions),
            **totals,
            **_quality(pinned),
            **({"seconds": round(time.time() - started, 1)} if started else {}),
        }
    )


def _quality(release: Release) -> dict[str, float]:
    """Means over the judged queries; under the same names in every release, so that the UI plots them."""
    measured = (release.metrics.get("retrieval") or {}).get("all") or {}
    return {name: round(value, 4) for name, value in measured.items() if name != "n"}
