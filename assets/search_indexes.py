"""The indexes over the tables: vectors, full text, scalars."""

import dagster as dg

from codices.assets.index_rows import index_rows as index_rows_asset
from codices.assets.partitions import SETTINGS, SINGLE_RUN
from codices.resources.index.maintenance import table_status
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.releasing import build_search_indexes, indexes_fingerprint

_COUNTS = ("rows", "fragments", "versions", "version", "unindexed")  # per table; the UI plots them over runs


@dg.asset(
    deps=[index_rows_asset],
    backfill_policy=SINGLE_RUN,
    code_version=indexes_fingerprint(SETTINGS),
    pool="lancedb_writer",
)
def search_indexes(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
    """Builds or folds in the indexes, and measures recall@10 of each vector index against exact search."""
    with codices.workspace(context) as workspace:
        report = build_search_indexes(workspace)
        tables = table_status(workspace.tables)
    counts = {f"{name} {key}": counts[key] for name, counts in tables.items() for key in _COUNTS}
    return dg.MaterializeResult(
        metadata={
            key: dg.MetadataValue.json(value) if isinstance(value, dict | list) else value
            for key, value in report.items()
        }
        | counts
    )
