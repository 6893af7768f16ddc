"""What must hold of the tables before readers get them, shown beside the assets in the UI."""

import dagster as dg

from assets.search_indexes import search_indexes
from assets.shared import Codices
from resources.stages.releasing import checks


@dg.asset_check(asset=search_indexes, blocking=True)
def index_is_sound(context: dg.AssetCheckExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.AssetCheckResult:
    """Every document accounted for, no duplicate ids, unit-length vectors, no orphans, few failures, recall holds."""
    results = checks(codices.workspace(context))
    failed = [check for check in results if check.blocking and not check.passed]
    return dg.AssetCheckResult(
        passed=not failed,
        description="; ".join(check.description for check in failed) or f"{len(results)} checks hold",
        metadata={check.name: dg.MetadataValue.json({"passed": check.passed, **check.metadata}) for check in results},
    )
