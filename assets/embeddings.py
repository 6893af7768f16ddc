"""Vectors of words and of pictures, addressed by content: the same content is embedded once."""

import dagster as dg

from codices.assets.elements import elements
from codices.assets.partitions import SETTINGS, SHARDS, SINGLE_RUN
from codices.assets.refreshing import refresh_shards
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.vectors import IMAGE_EMBEDDING, TEXT_EMBEDDING


@dg.asset(
    deps=[elements],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    code_version=fingerprint(TEXT_EMBEDDING.base(SETTINGS), IMAGE_EMBEDDING.base(SETTINGS)),
    pool="gpu",
)
def embeddings(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Text vectors, image vectors and figure kinds of what no shard has embedded with these models yet."""
    with codices.workspace(context) as workspace:
        shards = codices.due(context, workspace)
        texts = {shard: TEXT_EMBEDDING.refresh(workspace, shard) for shard in shards}
        return refresh_shards(
            context,
            shards,
            lambda shard: texts[shard] + IMAGE_EMBEDDING.refresh(workspace, shard),
            profile=workspace.settings.encoders.profile,
        )
