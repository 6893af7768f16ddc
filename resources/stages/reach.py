"""The stage store as the next run finds it: beside what is live in a shard, what it would take back or copy."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import Any

from codices.resources.foundation.files import Folder
from codices.resources.stages.order import STAGES
from codices.resources.store.stage_store import Manifest, StageStore

_COPIED = {stage.name for stage in STAGES if stage.shared}


class Reach(StageStore):
    """Reads as if what is retired were live, and knows the notes of other shards. For plans: it must not refresh.

    Keeps the manifests of one shard, the one asked for last.
    """

    def __init__(self, folder: Folder, shards: Iterable[str]):
        super().__init__(folder)
        self._shards = list(shards)
        self._shard = ""
        self._stored: dict[str, Manifest] = {}
        self._merged: dict[str, Manifest] = {}
        self._elsewhere: dict[str, dict[str, str]] = {}  # stage -> fingerprint -> shard

    def stored(self, stage: str, shard: str) -> Manifest:
        """The manifest as it is."""
        if shard != self._shard:
            self._shard, self._stored, self._merged = shard, {}, {}
        if stage not in self._stored:
            self._stored[stage] = super().manifest(stage, shard)
        return self._stored[stage]

    def manifest(self, stage: str, shard: str) -> Manifest:
        """With what is retired among what is live."""
        stored = self.stored(stage, shard)
        if stage not in self._merged:
            self._merged[stage] = Manifest(stored.parts, {**stored.retired, **stored.live}, {}, stored.notes)
        return self._merged[stage]

    def stamp(self, stage: str, shard: str) -> Hashable:
        """Another one every time: what is known of a shard depends on the others' files as well."""
        return object()

    def notes(self, stage: str, shard: str, fingerprints: Collection[str]) -> dict[str, Any]:
        """The notes of those that a refresh of the shard would not compute."""
        found = super().notes(stage, shard, fingerprints)
        by_shard: dict[str, list[str]] = {}
        for fp in fingerprints:
            if fp not in found and stage in _COPIED and (other := self._index(stage).get(fp)) is not None:
                by_shard.setdefault(other, []).append(fp)
        for other, there in by_shard.items():
            notes = super().manifest(stage, other).notes
            found.update((fp, notes.get(fp)) for fp in there)
        return found

    def _index(self, stage: str) -> dict[str, str]:
        if stage not in self._elsewhere:
            index = self._elsewhere[stage] = {}
            for shard in self._shards:
                manifest = super().manifest(stage, shard)
                index.update(dict.fromkeys({**manifest.retired, **manifest.live}, shard))
        return self._elsewhere[stage]
