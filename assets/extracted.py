"""Text blocks, tables and figures: one multi-asset, since a file is parsed once and kept as one row."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from codices.assets.documents import documents
from codices.assets.partitions import SETTINGS, SHARDS, SINGLE_RUN
from codices.assets.refreshing import counts
from codices.assets.showing import THUMBNAIL_SHARDS, THUMBNAILS, failure_table, of_shard, thumbnails
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.failing import failed_in_extraction
from codices.resources.stages.extractions import EXTRACTION, count_parts, first_figures
from codices.resources.store.manifest import Refreshed

_ASSETS = {
    "text_blocks": "Paragraphs, list items, code and headings of every file in reading order, with page, box and "
    "heading path. A scanned page has none here: its words come from `ocr_text`.",
    "tables": "Tables of every file, cell by cell, with caption, page, box and heading path; for a table that is only "
    "pixels, its picture.",
    "figures": "Pictures of every file, cut out of its pages or linked from it, with caption, page, box and the words "
    "around them. The same pixels are kept once, under their `image_id`.",
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(name, description=description, deps=[documents], code_version=EXTRACTION.base(SETTINGS))
        for name, description in _ASSETS.items()
    ],
    partitions_def=SHARDS,
    backfill_policy=SINGLE_RUN,
    name="extracted",
)
def extracted(context: dg.AssetExecutionContext, codices: Codices) -> Iterator[dg.MaterializeResult]:
    """What was cut out of every file, with page, box, caption and heading path, in isolated workers."""
    total, failed_in_run, pictured = Refreshed(), 0, 0
    found = dict[str, dict[str, int]]()  # shard -> what its documents have
    with codices.workspace(context) as workspace:
        for shard in codices.due(context, workspace):
            done = EXTRACTION.refresh(workspace, shard)
            parts = found[shard] = count_parts(workspace, shard)
            failed = failed_in_extraction(workspace, shard)
            shown = {**of_shard({**counts(done), "failed documents": len(failed)}), **failure_table(failed)}
            figures = {}
            if done.computed and pictured < THUMBNAIL_SHARDS:
                figures = thumbnails(first_figures(workspace, shard, THUMBNAILS))
                pictured += bool(figures)
            for name in _ASSETS:
                context.add_asset_metadata(
                    {**shown, **(figures if name == "figures" else {}), "dagster/partition_row_count": parts[name]},
                    asset_key=name,
                    partition_key=shard,
                )
                shown.pop("failed documents", None)  # once: the three are one step
            total += done
            failed_in_run += len(failed)
        home = Counter[str]()
        for shard in workspace.home.shard_keys:
            home.update(found[shard] if shard in found else count_parts(workspace, shard))
    for name in _ASSETS:
        yield dg.MaterializeResult(
            name, metadata={**counts(total), "failed": failed_in_run, "dagster/row_count": home[name]}
        )
