"""The jobs: index everything that is stale, or only look at the corpus."""

from __future__ import annotations

import dagster as dg

from codices.assets.checks import index_is_fresh
from codices.assets.corpus import corpus

index = dg.define_asset_job(
    "index",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("corpus", "projection"),
    description="Every stage over a range of shards, then indexes, retrieval and release, in one process.",
)
observe = dg.define_asset_job(
    "observe_corpus",
    selection=dg.AssetSelection.assets(corpus.key),
    description="List the corpus once; shards whose files changed get a new data version.",
)
check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=dg.AssetSelection.checks(index_is_fresh),
    description="Whether the index still follows its corpus.",
)
JOBS = [index, observe, check_freshness]
