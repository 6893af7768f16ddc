"""What must hold of the tables before readers get them, and that they follow the corpus, shown beside the assets."""

from collections.abc import Iterator

import dagster as dg

from codices.assets.release import release
from codices.assets.retrieval import calibration
from codices.assets.search_indexes import search_indexes
from codices.resources.index.checks import CHECKS
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.reports.freshness import freshness
from codices.resources.stages.calibration import unused_judgements
from codices.resources.stages.releasing import checks


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(name, asset=search_indexes, description=about.description, blocking=about.blocking)
        for name, about in CHECKS.items()
    ]
)
def index_is_sound(context: dg.AssetCheckExecutionContext, codices: Codices) -> Iterator[dg.AssetCheckResult]:
    """Everything that is checked of the tables, in one pass over them."""
    with codices.workspace(context) as workspace:
        results = checks(workspace)
    for check in results:
        yield dg.AssetCheckResult(
            check_name=check.name,
            asset_key=search_indexes.key,
            passed=check.passed,
            severity=dg.AssetCheckSeverity.ERROR if CHECKS[check.name].blocking else dg.AssetCheckSeverity.WARN,
            description=check.description,
            metadata={
                key: dg.MetadataValue.json(value) if isinstance(value, dict | list) else value
                for key, value in check.metadata.items()
                if value is not None
            },
        )


@dg.asset_check(asset=calibration)
def judgements_are_of_use(context: dg.AssetCheckExecutionContext, codices: Codices) -> dg.AssetCheckResult:
    """Every judged query has an answer in the corpus, and a leg that finds it: others are no evidence of anything."""
    with codices.workspace(context) as workspace:
        wrong, evidence = unused_judgements(workspace)
    return dg.AssetCheckResult(
        passed=wrong is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=wrong or "every judged query can be learned from",
        metadata={
            name.replace("_", " "): dg.MetadataValue.json(value) if isinstance(value, list) else value
            for name, value in evidence.items()
            if value is not None
        },
    )


@dg.asset_check(asset=release)
def index_is_fresh(context: dg.AssetCheckExecutionContext, codices: Codices) -> dg.AssetCheckResult:
    """The corpus was listed within `schedule.max_age_hours`, and what that listing showed is indexed."""
    with codices.workspace(context) as workspace:
        found = freshness(workspace)
    return dg.AssetCheckResult(
        passed=found.fresh,
        severity=dg.AssetCheckSeverity.WARN,
        description=found.description,
        metadata={"hours since the corpus was listed": found.hours, "stale shards": found.stale_shards},
    )
