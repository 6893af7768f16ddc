"""The corpus as Dagster sees it: an outside source whose data version per shard changes when it is to be indexed."""

from typing import Any

import dagster as dg

from codices.assets.partitions import SHARDS
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.observation import data_versions
from codices.resources.reports.plan import Plan, make_plan
from codices.resources.stages.listing import take_listing

NAME = "corpus"
_RELEASE = "release"  # the asset that is overdue where it was neither cut nor confirmed for long
_DATA_VERSION = "dagster/data_version"  # the tag by which Dagster knows an observation's data version


@dg.multi_observable_source_asset(
    name=NAME,
    specs=[
        dg.AssetSpec(
            NAME,
            description="The files under the corpus root, listed once per observation, however many shards there are. "
            "Each observation also says what a re-index would do, and asks again for shards that an earlier one asked "
            "for in vain; one that finds nothing to do confirms the release.",
        )
    ],
    partitions_def=SHARDS,
)
def corpus(context: dg.AssetExecutionContext, codices: Codices) -> dg.ObserveResult:
    """Lists the files under the corpus root once, and plans what a re-index would do."""
    with codices.workspace(context) as workspace:
        digests = take_listing(workspace)
        plan = make_plan(workspace)
        versions = data_versions(workspace, digests, plan)
    for shard, version in versions.items():
        context.log_event(dg.AssetObservation(NAME, partition=shard, tags={_DATA_VERSION: version}))
    if plan.nothing_to_do:
        context.log_event(dg.AssetMaterialization(_RELEASE, metadata={"release": "confirmed: nothing to do"}))
    return dg.ObserveResult(metadata=plan_metadata(plan))


def plan_metadata(plan: Plan) -> dict[str, Any]:
    """What an observation says of a re-index: documents by state, units of each stage, minutes."""
    return {
        **{f"documents {state}": count for state, count in plan.documents.items()},
        **{f"to do: {stage}": count for stage, count in plan.units.items()},
        "stale shards": ", ".join(plan.stale) or "none",
        "estimated minutes": "not known before the first run" if plan.minutes is None else plan.minutes,
    }
