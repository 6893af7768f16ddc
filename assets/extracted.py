"""Text blocks, tables and figures: one multi-asset, since a file is parsed once and kept as one row."""

from collections.abc import Iterator

import dagster as dg

from codices.assets.automation import STALE
from codices.assets.documents import documents
from codices.assets.shared import OWNERS, SETTINGS, SHARDS, SINGLE_RUN, Codices, counts
from codices.resources.stages.extractions import EXTRACTION, count_parts
from codices.resources.store.stage_store import Refreshed

NAMES = ("text_blocks", "tables", "figures")


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            name,
            deps=[documents],
            group_name="extraction",
            kinds={"python", "parquet"},
            owners=OWNERS,
            automation_condition=STALE,
            code_version=EXTRACTION.base(SETTINGS),
        )
        for name in NAMES
    ],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    name="extracted",
)
def extracted(context: dg.AssetExecutionContext, codices: dg.ResourceParam[Codices]) -> Iterator[dg.MaterializeResult]:
    """What was cut out of every file, with page, box, caption and heading path, in isolated workers."""
    total, found = Refreshed(), dict.fromkeys(NAMES, 0)
    with codices.workspace(context) as workspace:
        for shard in codices.due(context, workspace):
            done = EXTRACTION.refresh(workspace, shard)
            parts = count_parts(workspace, shard)
            for name in NAMES:
                context.add_asset_metadata(
                    {**counts(done), "dagster/partition_row_count": parts[name]}, asset_key=name, partition_key=shard
                )
                found[name] += parts[name]
            total += done
    for name in NAMES:
        yield dg.MaterializeResult(name, metadata={**counts(total), "dagster/row_count": found[name]})
