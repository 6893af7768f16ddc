"""What readers see: a name that pins the versions of all tables."""

import dagster as dg

from codices.assets.partitions import SINGLE_RUN
from codices.assets.retrieval import retrieval_metrics
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.releasing import cut, release_is_current


@dg.asset(
    deps=[retrieval_metrics],
    backfill_policy=SINGLE_RUN,
    pool="lancedb_writer",
)
def release(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Cuts a release, and promotes it unless it is worse than the last; cuts none when nothing changed."""
    with codices.workspace(context) as workspace:
        if release_is_current(workspace):
            return dg.MaterializeResult(metadata={"release": "unchanged"})
        pinned, reasons = cut(workspace)
    for reason in reasons:
        context.log.warning(f"release {pinned.name} is kept but not promoted: {reason}")
    return dg.MaterializeResult(
        metadata={"release": pinned.name, "promoted": not reasons, "versions": dg.MetadataValue.json(pinned.versions)}
    )
