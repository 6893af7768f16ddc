"""Records and stage store of a plan: read and brought up to date as ever, but nothing is computed, and nothing written.

What is brought up to date is seen by whoever asks next, so that a plan is the refresh itself, less the work.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pyarrow as pa

from codices.resources.foundation.files import Folder
from codices.resources.store.donors import Donors
from codices.resources.store.manifest import Change, Manifest, Refreshed
from codices.resources.store.records import Document, Link, Records
from codices.resources.store.stage_store import Compute, StageStore

Foreseen = Callable[[str, str], Any]
"""(shard, fingerprint) of a unit that is missing -> the note that it will have."""


class PlannedRecords(Records):
    """What is written stays in memory."""

    def __init__(self, folder: Folder):
        super().__init__(folder)
        self._documents: dict[str, Sequence[Document]] = {}
        self._links: dict[str, Sequence[Link]] = {}
        self._stamps: dict[str, object] = {}

    def lock(self, name: str) -> Any:
        return nullcontext()

    def documents(self, shard: str) -> Sequence[Document]:
        return self._documents[shard] if shard in self._documents else super().documents(shard)

    def links(self, shard: str) -> Sequence[Link]:
        return self._links[shard] if shard in self._links else super().links(shard)

    def write_documents(self, shard: str, rows: Sequence[Document]) -> None:
        self._documents[shard], self._stamps[shard] = rows, object()

    def write_links(self, shard: str, rows: Sequence[Link]) -> None:
        self._links[shard], self._stamps[shard] = rows, object()

    def stamp(self, shard: str) -> Hashable:
        return self._stamps.get(shard) or super().stamp(shard)

    def is_relinked(self, shard: str) -> bool:
        """Whether its documents draw in other files than before."""
        return shard in self._links

    def drop(self, shard: str) -> None:
        """Forget what was written of a shard."""
        for kept in (self._documents, self._links, self._stamps):
            kept.pop(shard, None)


class PlannedStore(StageStore):
    """Keeps what is planned of one shard, the one in hand: shards are planned one after the other. `foreseen`: by
    stage; a unit of which nothing is foreseen counts as not there for the stages after it."""

    def __init__(self, folder: Folder, foreseen: Mapping[str, Foreseen]):
        super().__init__(folder)
        self._foreseen = foreseen
        self._shard = ""
        self._planned: dict[str, tuple[Manifest, Hashable]] = {}  # stage -> as it will be, and its stamp
        self._counted: dict[str, set[str]] = {}  # stage -> what another shard will have computed

    def manifest(self, stage: str, shard: str) -> Manifest:
        planned = self._planned.get(stage) if shard == self._shard else None
        return planned[0] if planned else self.stored(stage, shard)

    def stored(self, stage: str, shard: str) -> Manifest:
        """The manifest as it is."""
        return super().manifest(stage, shard)

    def stamp(self, stage: str, shard: str) -> Hashable:
        planned = self._planned.get(stage) if shard == self._shard else None
        return planned[1] if planned else super().stamp(stage, shard)

    def lock(self, stage: str, shard: str) -> Any:
        return nullcontext()

    def carry_out(self, change: Change, compute: Compute, schema: pa.Schema, donors: Donors | None) -> Refreshed:
        """What the refresh would do; nothing is computed."""
        stage, shard, old = change.stage, change.shard, change.old
        if shard != self._shard:
            self._shard, self._planned = shard, {}
        report, notes = change.report(), {fp: old.notes.get(fp) for fp in change.kept}
        if donors is not None:
            for other, found in donors.offers(stage, shard, change.copied, change.lasts).items():
                there = self.stored(stage, other).notes
                notes |= {fp: there.get(fp) for fp in found}
                report.reused += len(found)
        counted = self._counted.setdefault(stage, set())
        unknown = change.missing - notes.keys()
        computed = unknown if donors is None else unknown - (counted - change.again)
        for fp in unknown:
            if fp in change.again and fp in old.live and change.lasts(old.notes.get(fp)):  # comes out as it did
                notes[fp] = old.notes.get(fp)
            elif stage in self._foreseen:
                notes[fp] = self._foreseen[stage](shard, fp)
        counted.update(computed)
        self._planned[stage] = Manifest(old.parts, dict.fromkeys(notes, ""), {}, notes), object()
        report.computed, report.written = len(computed), True
        return report
