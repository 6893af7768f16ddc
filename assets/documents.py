"""Which documents there are, and which are new, changed, the same, gone or unreadable."""

from collections import Counter

import dagster as dg

from codices.assets.corpus import corpus
from codices.assets.partitions import SHARDS, SINGLE_RUN
from codices.assets.showing import failure_table, of_shard
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.failing import failed_before_extraction
from codices.resources.stages.documents import CODE_VERSION, refresh_documents
from codices.resources.stages.listing import take_listing

LISTING_TAG = "codices/listing"  # of a run, "recorded": whoever asked for it has listed the corpus
_AUTOMATION_TAG = "dagster/from_automation_condition"  # set by Dagster on runs that the automation condition asks for


@dg.asset(
    deps=[corpus],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    code_version=CODE_VERSION,
)
def documents(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Compares the listing with what is known, by size and time first, by content where those changed.

    A run that an observation asked for works on that observation's listing; any other lists the corpus itself.
    """
    tags = context.run.tags
    observed = tags.get(LISTING_TAG) == "recorded" or _AUTOMATION_TAG in tags
    total: Counter[str] = Counter()
    with codices.workspace(context) as workspace:
        if not (observed and workspace.records.has_listing):
            take_listing(workspace)
        for shard in codices.due(context, workspace):
            states = refresh_documents(workspace, shard)
            failed = failure_table(failed_before_extraction(workspace, shard))
            context.add_asset_metadata({**of_shard(states), **failed}, partition_key=shard)
            total.update(states)
    return dg.MaterializeResult(metadata=dict(total))
