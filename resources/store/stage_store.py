"""The stage store: what every stage has computed, kept per shard and found again by fingerprint.

A shard of a stage is a few immutable Parquet files ("parts") and one small JSON manifest that says which fingerprint
lies in which part. A refresh appends one part with what was missing and then replaces the manifest atomically: its cost
follows what changed, not what is there, and a process killed at any moment leaves the old manifest and a stray file.

Rows are addressed by fingerprint alone. A file that was moved to another shard finds everything that was computed from
its content (`Donors`), and identical content is computed once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from codices.resources.foundation.files import Folder
from codices.resources.store.donors import Donors
from codices.resources.store.kept import KEPT
from codices.resources.store.losses import StageStoreError
from codices.resources.store.manifest import Change, Lasts, Manifest, Refreshed, Unit, always
from codices.resources.store.parts import Parts
from codices.resources.store.work_log import WorkLog

MAX_PARTS = 8
WAITS_SECONDS = (0.1, 1.0)  # before a part that cannot be read is looked for again: another run may have replaced it
CHECKPOINT_SECONDS = 30

Compute = Callable[[list[str]], Iterable[Unit]]
"""Asked for the fingerprints that are missing; yields one Unit for each, in any order."""


class StageStore:
    """Parquet parts and manifests under `folder`, one sub-folder per stage. One object serves one run."""

    def __init__(self, folder: Folder):
        self.folder = folder
        self.run = uuid.uuid4().hex
        self.work = WorkLog(folder)
        self._parts = Parts(folder)

    # -- reading ----------------------------------------------------------------------------------------------------

    def manifest(self, stage: str, shard: str) -> Manifest:
        """The manifest of one shard, which must not be changed; empty when there is none. A damaged one counts as none:
        its work is done again."""
        name = f"{stage}/{shard}.json"
        return KEPT.get((self.folder.url, name), self.folder.stamp(name), lambda: self._manifest(name))

    def _manifest(self, name: str) -> Manifest:
        data = self.folder.read(name)
        if data is None:
            return Manifest()
        try:
            return Manifest.from_json(data)
        except (ValueError, KeyError, TypeError):
            self.folder.move_aside(name)
            return Manifest()

    def stamp(self, stage: str, shard: str) -> Hashable:
        """What changes with the manifest."""
        return self.folder.stamp(f"{stage}/{shard}.json")

    def notes(self, stage: str, shard: str, fingerprints: Collection[str]) -> dict[str, Any]:
        """The notes of those of `fingerprints` that the stage has computed."""
        manifest = self.manifest(stage, shard)
        return {fp: manifest.notes.get(fp) for fp in fingerprints if fp in manifest.live}

    def rows(
        self,
        stage: str,
        shard: str,
        fingerprints: Collection[str],
        columns: list[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The rows of `fingerprints`, part by part, as a stream of record batches; unknown ones are left out. Raises
        PartLost for a part that is gone or damaged, StageStoreError for one that cannot be read for another reason."""
        yield from self._rows_of(stage, shard, self.manifest(stage, shard), fingerprints, columns)

    def _rows_of(
        self, stage: str, shard: str, manifest: Manifest, fingerprints: Collection[str], columns: list[str] | None
    ) -> Iterator[pa.RecordBatch]:
        for part, found in manifest.by_part(fingerprints).items():
            try:
                yield from self._parts.rows(stage, shard, part, found, columns)
            except FileNotFoundError:
                yield from self._rows_elsewhere(stage, shard, part, found, columns)

    def _rows_elsewhere(
        self, stage: str, shard: str, missing: str, fingerprints: list[str], columns: list[str] | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of `fingerprints` whose part is not there, from where the manifest says by now that they are."""
        for wait in WAITS_SECONDS:
            time.sleep(wait)
            manifest = self.manifest(stage, shard)
            parts = {manifest.here.get(fp) for fp in fingerprints}
            if all(self._parts.exists(stage, part) for part in parts):
                yield from self._rows_of(stage, shard, manifest, fingerprints, columns)
                return
        raise self._parts.lost(stage, shard, missing, "gone")

    # -- losses -----------------------------------------------------------------------------------------------------

    def missing_parts(self, stage: str, shards: Iterable[str]) -> dict[str, set[str]]:
        """Shard -> the parts that its manifest names and that are not there."""
        manifests = {shard: self.manifest(stage, shard) for shard in shards}  # first: a part is older than its manifest
        there = self._parts.names(stage)
        missing = {
            shard: {part for part, rows in manifest.parts.items() if rows} - there
            for shard, manifest in manifests.items()
        }
        return {shard: parts for shard, parts in missing.items() if parts}

    def forget(self, stage: str, shard: str, parts: Collection[str]) -> None:
        """Take what lay in `parts` out of the manifest, so that the next refresh computes it again. Their files, where
        there are any, are kept under another name for a person to look at."""
        with self.folder.lock(f"{stage}-{shard}"):
            self.folder.write(f"{stage}/{shard}.json", self.manifest(stage, shard).without(parts).to_json())
            for part in parts:
                self._parts.move_aside(stage, part)

    # -- refreshing -------------------------------------------------------------------------------------------------

    def refresh(
        self,
        stage: str,
        shard: str,
        wanted: Collection[str],
        compute: Compute,
        schema: pa.Schema,
        donors: Donors | None = None,
        force: bool = False,
        again: Collection[str] = (),
        lasts: Lasts = always,
    ) -> Refreshed:
        """Bring one shard of a stage to exactly `wanted`.

        Fingerprints that are there stay, those that another shard has are copied, `compute` is asked for the rest, and
        what is no longer wanted is retired. `schema` has a string column `fingerprint`. What is in `again`, or
        everything with `force`, is computed although it is there. A unit that does not last is kept where it is, but
        neither copied nor taken back. Nothing is written when nothing changed.
        """
        wanted = set(wanted)
        with self.lock(stage, shard):
            stopwatch = self.work.stopwatch()
            again = wanted if force else wanted & set(again)
            change = Change.decided(stage, shard, self.manifest(stage, shard), wanted, again, lasts)
            report = self.carry_out(change, compute, schema, donors) if change else change.report()
            report.seconds = stopwatch()
        if report.computed:
            self.work.add(stage, report.computed, report.seconds)
        return report

    def lock(self, stage: str, shard: str) -> Any:
        """Held while a shard of a stage is changed."""
        return self.folder.lock(f"{stage}-{shard}")

    def carry_out(self, change: Change, compute: Compute, schema: pa.Schema, donors: Donors | None) -> Refreshed:
        """Copy or compute what is missing, and write the new manifest. For who holds the lock."""
        stage, shard, report, new = change.stage, change.shard, change.report(), change.begun(self.run)
        units = self._missing_units(change, compute, self._offered(change, schema, donors) if donors else (), report)
        if change.missing:
            self._write_units(change, new, units, schema)
        lost = sorted(change.missing - new.live.keys())
        if lost:
            raise StageStoreError(f"stage {stage}, shard {shard}: nothing was computed for {lost[:3]}")
        referenced = {*new.live.values(), *new.retired.values()}
        new.parts |= {name: count for name, count in change.old.parts.items() if name in referenced}
        while len(new.parts) > MAX_PARTS:
            new = self._compacted(stage, shard, new, schema)
        self.folder.write(f"{stage}/{shard}.json", new.to_json())
        KEPT.put((self.folder.url, f"{stage}/{shard}.json"), self.stamp(stage, shard), new)
        self._parts.remove_strays(stage, shard, new.parts)
        if donors is not None:
            donors.learn(stage, shard, new, change.lasts)
        report.written = True
        return report

    @staticmethod
    def _missing_units(change: Change, compute: Compute, offered: Iterable[Unit], report: Refreshed) -> Iterator[Unit]:
        given = set()
        for unit in offered:
            given.add(unit.fingerprint)
            report.reused += 1
            yield unit
        rest = sorted(change.missing - given)
        for unit in compute(rest) if rest else ():
            report.computed += 1
            yield unit

    def _offered(self, change: Change, schema: pa.Schema, donors: Donors) -> Iterator[Unit]:
        """Units of other shards for what is missing and exists there."""
        offers = donors.offers(change.stage, change.shard, sorted(change.copied), change.lasts)
        for shard, fingerprints in offers.items():
            manifest = self.manifest(change.stage, shard)
            grouped: dict[str, list[pa.RecordBatch]] = {
                fp: [] for fp in manifest.lasting(change.lasts).intersection(fingerprints)
            }
            for batch in self._rows_of(change.stage, shard, manifest, grouped, None):
                for fp in set(batch["fingerprint"].to_pylist()):
                    table = pa.Table.from_batches([batch]).filter(pc.field("fingerprint") == fp)
                    grouped[fp].extend(table.to_batches())
            for fp, batches in grouped.items():
                rows = pa.Table.from_batches(batches) if batches else schema.empty_table()
                yield Unit(fp, rows, manifest.notes.get(fp))

    def _write_units(self, change: Change, new: Manifest, units: Iterator[Unit], schema: pa.Schema) -> None:
        """Write `units` to parts of `new`; from time to time a new part, and what was done so far into the manifest."""
        exhausted = False
        while not exhausted:
            part, rows, deadline = self._parts.new_name(change.shard), 0, time.monotonic() + CHECKPOINT_SECONDS
            with self._parts.writer(change.stage, part, schema) as write:
                for unit in units:
                    rows += write(unit.rows)
                    new.live[unit.fingerprint], new.notes[unit.fingerprint] = part, unit.note
                    if time.monotonic() > deadline:
                        break
                else:
                    exhausted = True
            new.parts[part] = rows
            if not exhausted:
                self._save_checkpoint(change, new)

    def _save_checkpoint(self, change: Change, new: Manifest) -> None:
        """What a long refresh has done so far, beside everything that was there: a killed run goes on from here."""
        old = change.old
        so_far = Manifest(
            parts={**old.parts, **new.parts},
            live={**old.live, **new.live},
            retired=old.retired,
            notes={**old.notes, **new.notes},
            run=old.run,
        )
        self.folder.write(f"{change.stage}/{change.shard}.json", so_far.to_json())

    def _compacted(self, stage: str, shard: str, manifest: Manifest, schema: pa.Schema) -> Manifest:
        """One part in place of the small ones. Their retired rows of an older schema are left out: nothing asks for
        them any more."""
        small = _small(manifest.parts)
        old = {
            part
            for part in {*manifest.retired.values()} & small
            if not self._parts.schema(stage, shard, part).equals(schema)
        }
        retired = {fp: part for fp, part in manifest.retired.items() if part not in old}
        joined = [fp for fp, part in (manifest.live | retired).items() if part in small]
        name, rows = self._parts.new_name(shard), 0
        with self._parts.writer(stage, name, schema) as write:
            for batch in self._rows_of(stage, shard, manifest, joined, None):
                rows += write(pa.Table.from_batches([batch]))
        return Manifest(
            parts={part: count for part, count in manifest.parts.items() if part not in small} | {name: rows},
            live={fp: name if part in small else part for fp, part in manifest.live.items()},
            retired={fp: name if part in small else part for fp, part in retired.items()},
            notes={fp: note for fp, note in manifest.notes.items() if fp in manifest.live or fp in retired},
            run=manifest.run,
        )


def _small(parts: Mapping[str, int]) -> set[str]:
    """The smallest parts, up to one that has more rows than they have together: a part is written again only with as
    many rows as it has, so that a row is written again as often as the rows of its shard double."""
    first, second, *rest = sorted(parts, key=lambda part: parts[part])
    chosen, rows = {first, second}, parts[first] + parts[second]
    for part in rest:
        if parts[part] > rows:
            break
        chosen.add(part)
        rows += parts[part]
    return chosen
