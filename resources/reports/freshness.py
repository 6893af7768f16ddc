"""Whether the index still follows its corpus: how old the newest listing is, and what of it is not indexed yet."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from codices.resources.reports.plan import stale_shards
from codices.resources.stages.workspace import Workspace


@dataclass(frozen=True)
class Freshness:
    """`hours` since the corpus was listed (None: never), shards that the listing shows as stale, both in words."""

    fresh: bool
    hours: float | None
    stale_shards: int
    description: str


def freshness(workspace: Workspace) -> Freshness:
    """Compare the newest listing with `schedule.max_age_hours` and with what is indexed. Lists nothing itself."""
    age = workspace.records.listing_age_seconds()
    if age is None:
        return Freshness(False, None, 0, "the corpus was never listed")
    settled = copy(workspace)
    settled.force = settled.retry_failed = False
    hours, stale = round(age / 3600, 2), len(stale_shards(settled))
    fresh = hours <= workspace.settings.schedule.max_age_hours and not stale
    indexed = "all of it is indexed" if not stale else f"{stale} shards of it are not indexed yet"
    return Freshness(fresh, hours, stale, f"the corpus was listed {hours:.1f} hours ago; {indexed}")
