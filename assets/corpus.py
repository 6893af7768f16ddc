"""The corpus as Dagster sees it: an outside source whose data version per shard changes when it is to be indexed."""

from typing import Any

import dagster as dg

from codices.assets.shared import SHARDS, Codices
from codices.resources.reports.observation import data_versions
from codices.resources.reports.plan import Plan, make_plan
from codices.resources.stages.listing import take_listing


@dg.observable_source_asset(partitions_def=SHARDS, group_name="corpus")
def corpus(context: dg.OpExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.DataVersionsByPartition:
    """The files under the corpus root, listed once per observation, however many shards there are.

    Each observation also says what a re-index would do, and asks again for shards that an earlier one asked for in
    vain.
    """
    with codices.workspace(context) as workspace:
        digests = take_listing(workspace)
        plan = make_plan(workspace)
        versions = data_versions(workspace, digests, plan)
    context.log_event(dg.AssetObservation("corpus", metadata=_metadata(plan)))
    return dg.DataVersionsByPartition(versions)


def _metadata(plan: Plan) -> dict[str, Any]:
    units = {stage: known + plan.estimated.get(stage, 0) for stage, known in plan.compute.items()}
    return {
        **{f"documents {state}": count for state, count in plan.documents.items()},
        **{f"to do: {stage}": count for stage, count in units.items()},
        "stale shards": ", ".join(plan.stale) or "none",
        "estimated minutes": "not known before the first run" if plan.minutes is None else plan.minutes,
    }
