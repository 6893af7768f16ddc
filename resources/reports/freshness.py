"""Whether the index still follows its corpus: how old the newest listing is, and what of it is not indexed yet."""

from __future__ import annotations

from dataclasses import dataclass

from codices.resources.stages.compared import Compared
from codices.resources.stages.documents import listing_age_seconds
from codices.resources.stages.element_rows import wanted_elements
from codices.resources.stages.index_rows import current_rows
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
    age = listing_age_seconds(workspace)
    if age is None:
        return Freshness(False, None, 0, "the corpus was never listed")
    hours, stale = round(age / 3600, 2), sum(not _is_indexed(workspace, shard) for shard in workspace.home.shard_keys)
    fresh = hours <= workspace.settings.schedule.max_age_hours and not stale
    indexed = "all of it is indexed" if not stale else f"{stale} shards of it are not indexed yet"
    return Freshness(fresh, hours, stale, f"the corpus was listed {hours:.1f} hours ago; {indexed}")


def _is_indexed(workspace: Workspace, shard: str) -> bool:
    """Whether the rows of a shard were made from the files of the listing, with the settings of today."""
    if Compared(workspace, shard).differs:
        return False
    rows = current_rows(workspace, shard, wanted_elements(workspace, shard))
    return rows == workspace.committed.read(shard)
