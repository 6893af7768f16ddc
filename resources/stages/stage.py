"""What a stage is: a value that says what a shard wants of it, how that is computed, and how long it lasts.

Refreshing, trying again, healing, planning and code versions are the same for all stages, and written once. A new stage
is one file that makes such a value, and one line in `codices.resources.stages.order`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyarrow as pa

from codices.resources.foundation.document_log import about
from codices.resources.settings.settings import Settings
from codices.resources.stages.workspace import Workspace
from codices.resources.store.manifest import Refreshed, Unit

Want = TypeVar("Want")  # what one unit is made from


def lasts_always(workspace: Workspace, note: Any) -> bool:
    """For stages whose output depends on nothing but its fingerprint."""
    return True


@dataclass(frozen=True)
class Stage(Generic[Want]):
    """One stage. `base`: fingerprint of what every unit depends on beside what it is made from (Dagster's code
    version). `wanted`: fingerprint -> what it is made from, of one shard. `compute` yields a Unit for each that is
    missing, in any order. `lasts`: False for the note of a unit that computing again may make another one."""

    name: str  # its folder in the stage store
    work: str  # what plans and progress call it
    schema: pa.Schema
    base: Callable[[Settings], str]
    wanted: Callable[[Workspace, str], Mapping[str, Want]]
    compute: Callable[[Workspace, str, Mapping[str, Want]], Iterator[Unit]]
    lasts: Callable[[Workspace, Any], bool] = lasts_always
    shared: bool = True  # what another shard has computed is copied
    settle: Callable[[Workspace, str], None] | None = None  # what was computed may want more: looked up, then computed

    def to_retry(self, workspace: Workspace, shard: str, fingerprints: Collection[str]) -> set[str]:
        """Those of `fingerprints` that are there and are to be computed again."""
        notes = workspace.store.notes(self.name, shard, fingerprints)
        return {fp for fp, note in notes.items() if not self.lasts(workspace, note)}

    def refresh(self, workspace: Workspace, shard: str) -> Refreshed:
        """Bring the shard to what is wanted of it now: compute what is missing, retire what is not wanted any more."""
        with about(shard=shard):
            return self._refreshed(workspace, shard)

    def _refreshed(self, workspace: Workspace, shard: str) -> Refreshed:
        wanted = self.wanted(workspace, shard)
        done = self._bring(workspace, shard, wanted, wanted.keys(), workspace.force)
        if self.settle is None:
            return done
        self.settle(workspace, shard)
        more = self.wanted(workspace, shard)
        return done + self._bring(workspace, shard, more, more.keys() - wanted.keys(), False)

    def _bring(
        self, workspace: Workspace, shard: str, wanted: Mapping[str, Want], retried: Collection[str], force: bool
    ) -> Refreshed:
        return workspace.store.refresh(
            self.name,
            shard,
            wanted,
            lambda missing: self.compute(workspace, shard, {fp: wanted[fp] for fp in missing}),
            self.schema,
            donors=workspace.donors if self.shared else None,
            force=force,
            again=self.to_retry(workspace, shard, retried),
            lasts=lambda note: self.lasts(workspace, note),
        )
