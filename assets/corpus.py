"""The corpus as Dagster sees it: an outside source whose data version per shard changes when its files do."""

import dagster as dg

from assets.shared import SHARDS, Codices
from resources.stages.documents import take_listing


@dg.observable_source_asset(partitions_def=SHARDS, group_name="corpus")
def corpus(context: dg.OpExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.DataVersionsByPartition:
    """The files under the corpus root, listed once per observation, however many shards there are."""
    return dg.DataVersionsByPartition(take_listing(codices.workspace(context)))
