"""The jobs, named after what people want. Each runs as its launchpad stands: every field has a default that works."""

from __future__ import annotations

import dagster as dg

from codices.assets.checks import index_is_fresh
from codices.assets.corpus import corpus
from codices.pipelines.asking import ASKING
from codices.pipelines.promoting import promote_release
from codices.pipelines.training import train_projection

index = dg.define_asset_job(
    "index",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("corpus", "projection"),
    description="Every stage over chosen shards, then indexes, retrieval and release, in one process. The jobs "
    "index_changed, retry_failed and reindex_everything start it over the shards that need it.",
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
    *ASKING,
    index,
    evaluate,
    promote_release,
    train_projection,
    observe,
    check_freshness,
]
