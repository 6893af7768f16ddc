"""Whether every document could be read: who failed, why, and who did so in this run."""

from collections.abc import Iterator

import dagster as dg

from codices.assets.documents import documents
from codices.assets.index_rows import index_rows
from codices.assets.showing import failure_table
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.failing import failing, home_totals

BACKFILL_TAG = "dagster/backfill"
FAILED_TAG = "codices/failed"  # of a run: failed documents of the home after it, and those that failed in it
NONE_ANEW, NONE_AT_ALL = "no_document_failed_in_this_run", "every_document_can_be_read"  # names of the checks


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(
            NONE_ANEW,
            asset=documents,
            additional_deps=[index_rows],
            description="No document failed in this run that was read before it, or was not there. A warning: the "
            "other documents are indexed.",
        ),
        dg.AssetCheckSpec(
            NONE_AT_ALL,
            asset=documents,
            additional_deps=[index_rows],
            description="No document of the home is failed. `codices status` lists all of them, docs/failures.md says "
            "what to do about each kind; `retry_failed` tries them again.",
        ),
    ]
)
def documents_are_read(context: dg.AssetCheckExecutionContext, codices: Codices) -> Iterator[dg.AssetCheckResult]:
    """Looks at the tables once they are written, and shows failures and totals of the whole home at `documents`."""
    with codices.workspace(context) as workspace:
        found, totals = failing(workspace), home_totals(workspace)
    table = failure_table(found.shown)
    # Of no shard: the page of an asset shows its newest event, which would be that of the last shard. A backfill fails
    # on a materialization of no partition; there it is an observation, among the asset's events.
    event = dg.AssetObservation if BACKFILL_TAG in context.run.tags else dg.AssetMaterialization
    context.op_execution_context.log_event(event(documents.key, metadata={**totals, **table}))
    if found.new:
        context.log.warning(found.description)
    if found.total:
        context.instance.add_run_tags(context.run.run_id, {FAILED_TAG: f"{found.total}, {found.new} in this run"})
    for name, passed in ((NONE_ANEW, not found.new), (NONE_AT_ALL, not found.total)):
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=documents.key,
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=found.description,
            metadata={"failed": found.total, "failed in this run": found.new, **table},
        )
