"""The words in pictures: scanned pages, figures, tables that are only pixels."""

import dagster as dg

from codices.assets.partitions import SETTINGS, SHARDS, SINGLE_RUN
from codices.assets.refreshing import refresh_shards
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.readings import OCR


@dg.asset(
    deps=["figures", "tables", "text_blocks"],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    code_version=OCR.base(SETTINGS),
)
def ocr_text(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Every picture is read once by tesseract, however many documents show it."""
    with codices.workspace(context) as workspace:
        return refresh_shards(context, codices.due(context, workspace), lambda shard: OCR.refresh(workspace, shard))
