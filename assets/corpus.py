"""The corpus as Dagster sees it: an outside source whose data version per shard changes when its files do."""

from typing import Any

import dagster as dg

from assets.shared import SHARDS, Codices
from resources.plan import Plan, make_plan
from resources.stages.documents import take_listing


@dg.observable_source_asset(partitions_def=SHARDS, group_name="corpus")
def corpus(context: dg.OpExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.DataVersionsByPartition:
    """The files under the corpus root, listed once per observation, however many shards there are.

    Each observation also says what a re-index would do.
    """
    with codices.workspace(context) as workspace:
        versions = take_listing(workspace)
        plan = make_plan(workspace)
    context.log_event(dg.AssetObservation("corpus", metadata=_metadata(plan)))
    return dg.DataVersionsByPartition(versions)


def _metadata(plan: Plan) -> dict[str, Any]:
    units = {stage: plan.compute.get(stage, 0) + plan.estimated.get(stage, 0) for stage in plan.compute}
    return {
        **{f"documents {state}": count for state, count in plan.documents.items()},
        **{f"to do: {stage}": count for stage, count in units.items()},
        "stale shards": ", ".join(plan.stale) or "none",
        "estimated minutes": "not known before the first run" if plan.minutes is None else plan.minutes,
    }
