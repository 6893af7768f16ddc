"""The LanceDB tables, one atomic commit per table and shard."""

import dagster as dg

from codices.assets.elements import elements
from codices.assets.embeddings import embeddings
from codices.assets.partitions import SETTINGS, SHARDS, SINGLE_RUN
from codices.assets.showing import of_shard
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.failing import home_totals
from codices.resources.stages.index_rows import Written, base_fingerprint, refresh_index_rows


@dg.asset(
    deps=[elements, embeddings],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    code_version=base_fingerprint(SETTINGS.encoders),
    pool="lancedb_writer",
)
def index_rows(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Readers see a shard as it was or as it is, never half of each; an unchanged shard gets no commit."""
    total = Written()
    with codices.workspace(context) as workspace:
        shards = codices.due(context, workspace)
        workspace.progress("shards written", 0, len(shards))
        for number, shard in enumerate(shards, start=1):
            done = refresh_index_rows(workspace, shard)
            context.add_asset_metadata(of_shard(vars(done)), partition_key=shard)
            total += done
            workspace.progress("shards written", number, len(shards))
        totals = {f"home: {name}": count for name, count in home_totals(workspace).items()}
    # Dagster's own version comes from code and run tags: the second edit of a shard would look like the first.
    return dg.MaterializeResult(metadata={**vars(total), **totals}, data_version=dg.DataVersion(context.run.run_id))
