"""The manifest of one shard of a stage, and what a refresh is to change in it: values, read and written elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
import pyarrow as pa


@dataclass(frozen=True)
class Unit:
    """What a stage computed for one fingerprint: its rows, and a small JSON-able note that later stages plan with."""

    fingerprint: str
    rows: pa.Table
    note: Any = None


@dataclass
class Refreshed:
    """What one refresh did, in units (fingerprints), not rows."""

    kept: int = 0
    reused: int = 0  # found in another shard
    computed: int = 0
    dropped: int = 0
    seconds: float = 0.0
    written: bool = False

    def __add__(self, other: Refreshed) -> Refreshed:
        return Refreshed(
            self.kept + other.kept,
            self.reused + other.reused,
            self.computed + other.computed,
            self.dropped + other.dropped,
            self.seconds + other.seconds,
            self.written or other.written,
        )


Lasts = Callable[[Any], bool]  # note of a unit -> False when computing it again may give something else


@dataclass
class Manifest:
    """Which part holds which fingerprint. `retired` ones are no longer wanted; they stay until another run retires
    some, so that a document that moves between shards is not computed again because its old shard was refreshed first,
    and an option that is set back finds what it had."""

    parts: dict[str, int] = field(default_factory=dict)  # file name -> rows
    live: dict[str, str] = field(default_factory=dict)  # fingerprint -> file name
    retired: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    run: str = ""  # the one that retired those

    def __len__(self) -> int:
        return len(self.live) + len(self.retired)

    def to_json(self) -> bytes:
        return orjson.dumps(vars(self))

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        content = orjson.loads(data)
        return cls(content["parts"], content["live"], content["retired"], content["notes"], content.get("run", ""))

    @property
    def here(self) -> dict[str, str]:
        """Fingerprint -> file name of all that is there, wanted or not."""
        return {**self.retired, **self.live}

    def by_part(self, fingerprints: Iterable[str]) -> dict[str, list[str]]:
        """Part -> those of `fingerprints` that lie in it; parts without rows are left out."""
        by_part: dict[str, list[str]] = {}
        for fp in fingerprints:
            part = self.live.get(fp) or self.retired.get(fp)
            if part is not None and self.parts.get(part) != 0:
                by_part.setdefault(part, []).append(fp)
        return by_part

    def lasting(self, lasts: Lasts) -> set[str]:
        """Those that another shard may take over."""
        return {fp for fp in self.here if lasts(self.notes.get(fp))}

    def without(self, parts: Collection[str]) -> Manifest:
        """As it is when these parts are lost."""
        live = {fp: part for fp, part in self.live.items() if part not in parts}
        retired = {fp: part for fp, part in self.retired.items() if part not in parts}
        return Manifest(
            parts={part: rows for part, rows in self.parts.items() if part not in parts},
            live=live,
            retired=retired,
            notes={fp: note for fp, note in self.notes.items() if fp in live or fp in retired},
            run=self.run,
        )


def always(note: Any) -> bool:
    """A Lasts for stages whose output depends on nothing but its fingerprint."""
    return True


@dataclass(frozen=True)
class Change:
    """What a refresh does with one shard of a stage, decided before anything is computed."""

    stage: str
    shard: str
    old: Manifest
    wanted: AbstractSet[str]
    kept: Mapping[str, str]  # fingerprint -> file name, of what stays where it is
    again: AbstractSet[str]  # computed although they are there
    lasts: Lasts

    @classmethod
    def decided(
        cls,
        stage: str,
        shard: str,
        old: Manifest,
        wanted: AbstractSet[str],
        again: AbstractSet[str],
        lasts: Lasts,
    ) -> Change:
        """What does not last is not taken back from what was retired."""
        kept = {
            fp: part
            for fp, part in old.here.items()
            if fp in wanted and fp not in again and (fp in old.live or lasts(old.notes.get(fp)))
        }
        return cls(stage, shard, old, wanted, kept, again, lasts)

    def __bool__(self) -> bool:
        return bool(self.missing) or self.old.live.keys() != self.wanted

    @cached_property
    def missing(self) -> AbstractSet[str]:
        """What has to be copied from another shard, or computed."""
        return self.wanted - self.kept.keys()

    @property
    def copied(self) -> AbstractSet[str]:
        """Of what is missing, what may be copied from another shard where it is there."""
        return self.missing - self.again

    def report(self) -> Refreshed:
        """What is known before anything is computed."""
        return Refreshed(kept=len(self.kept), dropped=len(self.old.live.keys() - self.wanted))

    def begun(self, run: str) -> Manifest:
        """The manifest without what is missing: what is no longer wanted is retired, and stays as long as `run`."""
        before = self.old.here if self.old.run == run else self.old.live
        return Manifest(
            live=dict(self.kept),
            retired={fp: part for fp, part in before.items() if fp not in self.wanted},
            notes={fp: self.old.notes[fp] for fp in (self.kept.keys() | before.keys()) if fp in self.old.notes},
            run=run,
        )
