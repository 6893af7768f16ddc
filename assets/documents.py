"""Which documents there are, and which are new, changed, the same, gone or unreadable."""

from collections import Counter

import dagster as dg

from codices.assets.automation import STALE
from codices.assets.corpus import corpus
from codices.assets.shared import AUTOMATION_TAG, LISTING_TAG, OWNERS, SHARDS, SINGLE_RUN, Codices
from codices.resources.stages.documents import CODE_VERSION, refresh_documents
from codices.resources.stages.listing import take_listing


@dg.asset(
    deps=[corpus],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    automation_condition=STALE,
    group_name="corpus",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=CODE_VERSION,
)
def documents(context: dg.AssetExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.MaterializeResult:
    """Compares the listing with what is known, by size and time first, by content where those changed.

    A run that an observation asked for works on that observation's listing; any other lists the corpus itself.
    """
    tags = context.run.tags
    observed = tags.get(LISTING_TAG) == "recorded" or AUTOMATION_TAG in tags
    total: Counter[str] = Counter()
    with codices.workspace(context) as workspace:
        if not (observed and workspace.records.has_listing):
            take_listing(workspace)
        for shard in codices.due(context, workspace):
            states = refresh_documents(workspace, shard)
            context.add_asset_metadata(states, partition_key=shard)
            total.update(states)
    return dg.MaterializeResult(metadata=dict(total))
