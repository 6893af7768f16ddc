"""What an asset over shards does: refresh each, and show what that came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg

from codices.assets.showing import of_shard
from codices.resources.store.manifest import Refreshed


def refresh_shards(
    context: dg.AssetExecutionContext, shards: Iterable[str], refresh: Callable[[str], Refreshed], **about: Any
) -> dg.MaterializeResult:
    """Refresh `shards`, with the counts of the run and of each shard in the UI."""
    total = Refreshed()
    for shard in shards:
        done = refresh(shard)
        context.add_asset_metadata(of_shard(counts(done)), partition_key=shard)
        total += done
    return dg.MaterializeResult(metadata={**counts(total), **about})


def counts(done: Refreshed) -> dict[str, Any]:
    """A Refreshed as metadata."""
    return {
        "kept": done.kept,
        "reused from another shard": done.reused,
        "computed": done.computed,
        "dropped": done.dropped,
        "seconds": round(done.seconds, 3),
    }
