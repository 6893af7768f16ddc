"""Where else a fingerprint has been computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from codices.resources.store.manifest import Lasts, Manifest


class Donors:
    """An index over the manifests of all shards, made on first need. `manifest`: (stage, shard) -> its manifest."""

    def __init__(self, manifest: Callable[[str, str], Manifest], shards: Iterable[str]):
        self._manifest = manifest
        self._shards = list(shards)
        self._where: dict[str, dict[str, str]] = {}

    def offers(self, stage: str, shard: str, missing: Iterable[str], lasts: Lasts) -> dict[str, list[str]]:
        """Other shard -> those of `missing` that exist there, and last."""
        where = self._index(stage, lasts)
        by_shard: dict[str, list[str]] = {}
        for fp in missing:
            other = where.get(fp)
            if other is not None and other != shard:
                by_shard.setdefault(other, []).append(fp)
        return by_shard

    def learn(self, stage: str, shard: str, manifest: Manifest, lasts: Lasts) -> None:
        """Remember what `shard` holds now, so that shards refreshed after it find it."""
        if stage in self._where:
            self._where[stage].update(dict.fromkeys(manifest.lasting(lasts), shard))

    def _index(self, stage: str, lasts: Lasts) -> Mapping[str, str]:
        if stage not in self._where:
            found: dict[str, str] = {}
            for shard in self._shards:
                found.update(dict.fromkeys(self._manifest(stage, shard).lasting(lasts), shard))
            self._where[stage] = found
        return self._where[stage]
