"""Whether the index still follows its corpus: how old the newest listing is, and what of it is not indexed yet."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from resources.plan import make_plan
from resources.stages.documents import listing_age_seconds
from resources.workspace import Workspace


@dataclass(frozen=True)
class Freshness:
    """`hours` since the corpus was listed (None: never), shards that the listing shows as stale, both in words."""

    fresh: bool
    hours: float | None
    stale_shards: int
    description: str


def freshness(workspace: Workspace) -> Freshness:
    """Compare the newest listing with `schedule.max_age_hours` and with what is indexed. Lists nothing itself."""
    age = listing_age_seconds(workspace)
    if age is None:
        return Freshness(False, None, 0, "the corpus was never listed")
    plain = copy(workspace)
    plain.force = plain.retry_failed = False  # a run that computes again what is there does not find it stale
    hours, stale = round(age / 3600, 2), len(make_plan(plain).stale)
    fresh = hours <= workspace.settings.schedule.max_age_hours and not stale
    indexed = "all of it is indexed" if not stale else f"{stale} shards of it are not indexed yet"
    return Freshness(fresh, hours, stale, f"the corpus was listed {hours:.1f} hours ago; {indexed}")
