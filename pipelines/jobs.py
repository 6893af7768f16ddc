"""The jobs, named after what people want. Each runs as it is: its launchpad holds what it needs, with a default."""

from __future__ import annotations

from typing import Any

import dagster as dg

from codices.assets.checks import index_is_fresh
from codices.assets.corpus import corpus
from codices.pipelines.promoting import promote_release
from codices.pipelines.training import train_projection

_INDEXED = dg.AssetSelection.all() - dg.AssetSelection.assets("corpus", "projection")


def config_of(**of_resource: Any) -> dict[str, Any]:
    """Run config with these fields of the resource `codices`."""
    return {"resources": {"codices": {"config": of_resource}}}


index_changed = dg.define_asset_job(
    "index_changed",
    selection=_INDEXED,
    description="What is new, changed or gone, through every stage to a release. What is as it was is not computed "
    "again, so all shards may be chosen. `codices index` does the same.",
)
reindex_everything = dg.define_asset_job(
    "reindex_everything",
    selection=_INDEXED,
    config=config_of(force=True),
    description="Every file hashed, parsed, read and embedded again, although nothing changed. Rows that come out the "
    "same are not written again. Takes as long as the first run. `codices index --force` does the same.",
)
retry_failed = dg.define_asset_job(
    "retry_failed",
    selection=_INDEXED,
    config=config_of(retry_failed=True),
    description="What changed, and once more the documents that failed or have warnings: after a program was "
    "installed, or a limit was raised. `codices index --retry-failed` does the same.",
)
evaluate = dg.define_asset_job(
    "evaluate",
    selection=dg.AssetSelection.assets("calibration", "retrieval", "retrieval_metrics"),
    description="Runs the configured queries on the tables as they are: leg weights, ranked hits, quality. Readers "
    "see nothing of it until a release is cut.",
)
observe = dg.define_asset_job(
    "observe_corpus",
    selection=dg.AssetSelection.assets(corpus.key),
    description="List the corpus once; shards whose files changed get a new data version. Says what a re-index would "
    "do, and does nothing of it.",
)
check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=dg.AssetSelection.checks(index_is_fresh),
    description="Whether the index still follows its corpus.",
)
JOBS = [
    index_changed,
    reindex_everything,
    retry_failed,
    evaluate,
    promote_release,
    train_projection,
    observe,
    check_freshness,
]
