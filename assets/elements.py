"""Elements: what search returns, each with the words it is found by, still without vectors."""

import dagster as dg

from codices.assets.partitions import SETTINGS, SHARDS, SINGLE_RUN
from codices.assets.refreshing import refresh_shards
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.element_rows import ELEMENT_BUILDING


@dg.asset(
    deps=["text_blocks", "tables", "figures", "ocr_text"],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    code_version=ELEMENT_BUILDING.base(SETTINGS),
)
def elements(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Chunks of text by title, tables and figures; a chunk is never longer than the text encoder reads."""
    with codices.workspace(context) as workspace:
        return refresh_shards(
            context, codices.due(context, workspace), lambda shard: ELEMENT_BUILDING.refresh(workspace, shard)
        )
