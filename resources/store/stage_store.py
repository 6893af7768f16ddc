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
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codices.resources.foundation.files import TEMPORARY_SUFFIX, Folder
from codices.resources.store.kept import KEPT
from codices.resources.store.work_log import WorkLog

MAX_PARTS = 8
ROW_GROUP_BYTES = 16 << 20
ROW_GROUP_ROWS = 256  # so that what a few changed documents need is read without the rest of their shard
VECTORS_PER_GROUP = 64  # wide rows of few columns: smaller groups spare more than they cost to describe
STRAY_SECONDS = 3600
WAITS_SECONDS = (0.1, 1.0)  # before a part that cannot be read is looked for again: another run may have replaced it
CHECKPOINT_SECONDS = 30


class StageStoreError(Exception):
    """A stage file that cannot be read or written; the message names it and says what to do."""


class Lost(StageStoreError):
    """A file of the stages that is gone or damaged, and that `codices.resources.stages.healing` makes anew."""


class PartLost(Lost):
    """A part that the manifest of `shard` names. What lay in it is computed again, and nothing else."""

    def __init__(self, message: str, stage: str, shard: str, part: str):
        super().__init__(message)
        self.stage, self.shard, self.part = stage, shard, part


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

    def kept(self, wanted: Collection[str], again: Collection[str], lasts: Lasts) -> dict[str, str]:
        """Of `wanted`, what a refresh leaves where it is: fingerprint -> file name. What does not last is not taken
        back from what was retired."""
        return {
            fp: part
            for fp, part in self.here.items()
            if fp in wanted and fp not in again and (fp in self.live or lasts(self.notes.get(fp)))
        }


def always(note: Any) -> bool:
    """A Lasts for stages whose output depends on nothing but its fingerprint."""
    return True


class StageStore:
    """Parquet parts and manifests under `folder`, one sub-folder per stage. One object serves one run."""

    def __init__(self, folder: Folder):
        self.folder = folder
        self.run = uuid.uuid4().hex
        self.work = WorkLog(folder)

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
        wanted_columns = None if columns is None else ["fingerprint", *(c for c in columns if c != "fingerprint")]
        for part, found in _by_part(manifest, fingerprints).items():
            source = self._opened(stage, part)
            if source is None:
                yield from self._rows_elsewhere(stage, shard, part, found, columns)
                continue
            is_wanted = pc.field("fingerprint").isin(found)
            with source, self._reading(stage, shard, part):
                file = pq.ParquetFile(source)
                groups = _groups_with(file, found)
                for batch in file.iter_batches(batch_size=256, row_groups=groups, columns=wanted_columns):
                    yield from pa.Table.from_batches([batch]).filter(is_wanted).to_batches()

    def _rows_elsewhere(
        self, stage: str, shard: str, missing: str, fingerprints: list[str], columns: list[str] | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of `fingerprints` whose part is not there, from where the manifest says by now that they are."""
        for wait in WAITS_SECONDS:
            time.sleep(wait)
            manifest = self.manifest(stage, shard)
            parts = {manifest.here.get(fp) for fp in fingerprints}
            if all(part is not None and self.folder.exists(f"{stage}/{part}") for part in parts):
                yield from self._rows_of(stage, shard, manifest, fingerprints, columns)
                return
        raise self._lost(stage, shard, missing, "gone")

    def _opened(self, stage: str, part: str) -> IO[bytes] | None:
        try:
            return self.folder.open_input(f"{stage}/{part}")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StageStoreError(self._unreadable(stage, part, error)) from error

    @contextmanager
    def _reading(self, stage: str, shard: str, part: str) -> Iterator[None]:
        """Errors of reading a part as PartLost, or StageStoreError where the part itself is not at fault."""
        try:
            yield
        except (OSError, pa.ArrowInvalid) as error:
            if is_damage(error):
                raise self._lost(stage, shard, part, f"damaged ({one_line(error)})") from error
            raise StageStoreError(self._unreadable(stage, part, error)) from error

    def _unreadable(self, stage: str, part: str, error: Exception) -> str:
        return f"stage file {self.folder.describe(f'{stage}/{part}')} cannot be read: {error}"

    def _lost(self, stage: str, shard: str, part: str, how: str) -> PartLost:
        name = self.folder.describe(f"{stage}/{part}")
        again = "run `codices index`, which computes again what lay in it, and nothing else"
        return PartLost(f"stage file {name} is {how}: {again}", stage, shard, part)

    # -- losses -----------------------------------------------------------------------------------------------------

    def missing_parts(self, stage: str, shards: Iterable[str]) -> dict[str, set[str]]:
        """Shard -> the parts that its manifest names and that are not there."""
        manifests = {shard: self.manifest(stage, shard) for shard in shards}  # first: a part is older than its manifest
        there = set(self.folder.names(stage))
        missing = {
            shard: {part for part, rows in manifest.parts.items() if rows} - there
            for shard, manifest in manifests.items()
        }
        return {shard: parts for shard, parts in missing.items() if parts}

    def forget(self, stage: str, shard: str, parts: Collection[str]) -> None:
        """Take what lay in `parts` out of the manifest, so that the next refresh computes it again. Their files, where
        there are any, are kept under another name for a person to look at."""
        with self.folder.lock(f"{stage}-{shard}"):
            old = self.manifest(stage, shard)
            live = {fp: part for fp, part in old.live.items() if part not in parts}
            retired = {fp: part for fp, part in old.retired.items() if part not in parts}
            new = Manifest(
                parts={part: rows for part, rows in old.parts.items() if part not in parts},
                live=live,
                retired=retired,
                notes={fp: note for fp, note in old.notes.items() if fp in live or fp in retired},
                run=old.run,
            )
            self.folder.write(f"{stage}/{shard}.json", new.to_json())
            for part in parts:
                if self.folder.exists(f"{stage}/{part}"):
                    self.folder.move_aside(f"{stage}/{part}")

    # -- refreshing -------------------------------------------------------------------------------------------------

    def refresh(
        self,
        stage: str,
        shard: str,
        wanted: Collection[str],
        compute: Callable[[list[str]], Iterable[Unit]],
        schema: pa.Schema,
        donors: Donors | None = None,
        force: bool = False,
        again: Collection[str] = (),
        lasts: Lasts = always,
    ) -> Refreshed:
        """Bring one shard of a stage to exactly `wanted`.

        Fingerprints that are there stay, those that another shard has are copied, `compute` is asked for the rest (it
        must yield one Unit for each, in any order), and what is no longer wanted is retired. `schema` has a string
        column `fingerprint`. What is in `again`, or everything with `force`, is computed although it is there. A unit
        that does not last is kept where it is, but neither copied nor taken back. Nothing is written when nothing
        changed.
        """
        wanted = set(wanted)
        with self.folder.lock(f"{stage}-{shard}"):
            stopwatch = self.work.stopwatch()
            old = self.manifest(stage, shard)
            again = wanted if force else wanted & set(again)
            kept = old.kept(wanted, again, lasts)
            missing = sorted(wanted - kept.keys())
            report = Refreshed(kept=len(kept), dropped=len(old.live.keys() - wanted))
            if not missing and old.live.keys() == wanted:
                report.seconds = stopwatch()
                return report
            before = old.here if old.run == self.run else old.live
            new = Manifest(
                live=kept,
                retired={fp: part for fp, part in before.items() if fp not in wanted},
                notes={fp: old.notes[fp] for fp in (kept.keys() | before.keys()) if fp in old.notes},
                run=self.run,
            )
            offered = (
                donors.take(stage, shard, [fp for fp in missing if fp not in again], schema, lasts) if donors else ()
            )
            units = self._missing_units(missing, offered, compute, report)
            exhausted = not missing
            while not exhausted:
                part, rows, deadline = f"{shard}-{uuid.uuid4().hex}.parquet", 0, time.monotonic() + CHECKPOINT_SECONDS
                with self._writer(f"{stage}/{part}", schema) as write:
                    for unit in units:
                        rows += write(unit.rows)
                        new.live[unit.fingerprint], new.notes[unit.fingerprint] = part, unit.note
                        if time.monotonic() > deadline:
                            break
                    else:
                        exhausted = True
                new.parts[part] = rows
                if not exhausted:
                    self._save_checkpoint(stage, shard, old, new)
            lost = [fp for fp in missing if fp not in new.live]
            if lost:
                raise StageStoreError(f"stage {stage}, shard {shard}: nothing was computed for {lost[:3]}")
            referenced = {*new.live.values(), *new.retired.values()}
            new.parts |= {name: count for name, count in old.parts.items() if name in referenced}
            while len(new.parts) > MAX_PARTS:
                new = self._compacted(stage, shard, new, schema)
            self.folder.write(f"{stage}/{shard}.json", new.to_json())
            KEPT.put((self.folder.url, f"{stage}/{shard}.json"), self.stamp(stage, shard), new)
            self._remove_strays(stage, shard, new)
            if donors is not None:
                donors.learn(stage, shard, new, lasts)
            report.seconds, report.written = stopwatch(), True
        if report.computed:
            self.work.add(stage, report.computed, report.seconds)
        return report

    @staticmethod
    def _missing_units(
        missing: list[str],
        offered: Iterable[Unit],
        compute: Callable[[list[str]], Iterable[Unit]],
        report: Refreshed,
    ) -> Iterator[Unit]:
        given = set()
        for unit in offered:
            given.add(unit.fingerprint)
            report.reused += 1
            yield unit
        rest = [fp for fp in missing if fp not in given]
        for unit in compute(rest) if rest else ():
            report.computed += 1
            yield unit

    def _save_checkpoint(self, stage: str, shard: str, old: Manifest, new: Manifest) -> None:
        """What a long refresh has done so far, beside everything that was there: a killed run goes on from here."""
        so_far = Manifest(
            parts={**old.parts, **new.parts},
            live={**old.live, **new.live},
            retired=old.retired,
            notes={**old.notes, **new.notes},
            run=old.run,
        )
        self.folder.write(f"{stage}/{shard}.json", so_far.to_json())

    def _compacted(self, stage: str, shard: str, manifest: Manifest, schema: pa.Schema) -> Manifest:
        """One part in place of the small ones. Their retired rows of an older schema are left out: nothing asks for
        them any more."""
        small = _small(manifest.parts)
        old = {
            part for part in {*manifest.retired.values()} & small if not self._schema(stage, shard, part).equals(schema)
        }
        retired = {fp: part for fp, part in manifest.retired.items() if part not in old}
        joined = [fp for fp, part in (manifest.live | retired).items() if part in small]
        name, rows = f"{shard}-{uuid.uuid4().hex}.parquet", 0
        with self._writer(f"{stage}/{name}", schema) as write:
            for batch in self._rows_of(stage, shard, manifest, joined, None):
                rows += write(pa.Table.from_batches([batch]))
        return Manifest(
            parts={part: count for part, count in manifest.parts.items() if part not in small} | {name: rows},
            live={fp: name if part in small else part for fp, part in manifest.live.items()},
            retired={fp: name if part in small else part for fp, part in retired.items()},
            notes={fp: note for fp, note in manifest.notes.items() if fp in manifest.live or fp in retired},
            run=manifest.run,
        )

    def _schema(self, stage: str, shard: str, part: str) -> pa.Schema:
        with self._reading(stage, shard, part), self.folder.open_input(f"{stage}/{part}") as source:
            return pq.read_schema(source)

    def _remove_strays(self, stage: str, shard: str, manifest: Manifest) -> None:
        """Parts that the manifest no longer names; young ones stay, since a reader may still hold the old manifest. And
        what a killed process was writing: whoever holds the lock of the shard is the only one who writes."""
        for name in self.folder.names(stage):
            if name.startswith(f".{shard}-") and name.endswith(TEMPORARY_SUFFIX):
                self.folder.remove(f"{stage}/{name}")
            stray = name.startswith(f"{shard}-") and name.endswith(".parquet") and name not in manifest.parts
            if stray and self.folder.age_seconds(f"{stage}/{name}") > STRAY_SECONDS:
                self.folder.remove(f"{stage}/{name}")

    @contextmanager
    def _writer(self, path: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], int]]:
        """Writes tables to one Parquet part, gathering small ones into row groups; returns the rows of each write."""
        pending: list[pa.Table] = []
        vectors = _has_vectors(schema)
        most = VECTORS_PER_GROUP if vectors else ROW_GROUP_ROWS
        with (
            self.folder.open_output(path) as stream,
            pq.ParquetWriter(
                stream, schema, compression="zstd", compression_level=1, use_dictionary=not vectors
            ) as parquet,
        ):

            def flush() -> None:
                if pending:
                    parquet.write_table(pa.concat_tables(pending), row_group_size=most)
                    pending.clear()

            def write(table: pa.Table) -> int:
                pending.append(table.select(schema.names).cast(schema))
                if (
                    sum(one.num_rows for one in pending) >= most
                    or sum(one.nbytes for one in pending) >= ROW_GROUP_BYTES
                ):
                    flush()
                return table.num_rows

            yield write
            flush()


class Donors:
    """Where else a fingerprint has been computed: an index over the manifests of all shards, read on first need."""

    def __init__(self, store: StageStore, shards: Iterable[str]):
        self._store = store
        self._shards = list(shards)
        self._where: dict[str, dict[str, str]] = {}

    def take(self, stage: str, shard: str, missing: list[str], schema: pa.Schema, lasts: Lasts) -> Iterator[Unit]:
        """Units of other shards for those of `missing` that exist there, and last."""
        for other, fingerprints in self.offers(stage, shard, missing, lasts).items():
            yield from self._units(stage, other, fingerprints, schema, lasts)

    def offers(self, stage: str, shard: str, missing: Iterable[str], lasts: Lasts) -> dict[str, list[str]]:
        """Other shard -> those of `missing` that exist there, and last."""
        where = self._index(stage, lasts)
        by_shard: dict[str, list[str]] = {}
        for fp in missing:
            other = where.get(fp)
            if other is not None and other != shard:
                by_shard.setdefault(other, []).append(fp)
        return by_shard

    def _units(
        self, stage: str, shard: str, fingerprints: list[str], schema: pa.Schema, lasts: Lasts
    ) -> Iterator[Unit]:
        manifest = self._store.manifest(stage, shard)
        known = _lasting(manifest, lasts).intersection(fingerprints)
        grouped: dict[str, list[pa.RecordBatch]] = {fp: [] for fp in known}
        for batch in self._store._rows_of(stage, shard, manifest, known, None):
            for fp in set(batch["fingerprint"].to_pylist()):
                table = pa.Table.from_batches([batch]).filter(pc.field("fingerprint") == fp)
                grouped[fp].extend(table.to_batches())
        for fp, batches in grouped.items():
            rows = pa.Table.from_batches(batches) if batches else schema.empty_table()
            yield Unit(fp, rows, manifest.notes.get(fp))

    def learn(self, stage: str, shard: str, manifest: Manifest, lasts: Lasts) -> None:
        """Remember what `shard` holds now, so that shards refreshed after it find it."""
        if stage in self._where:
            self._where[stage].update(dict.fromkeys(_lasting(manifest, lasts), shard))

    def _index(self, stage: str, lasts: Lasts) -> Mapping[str, str]:
        if stage not in self._where:
            found: dict[str, str] = {}
            for shard in self._shards:
                found.update(dict.fromkeys(_lasting(self._store.manifest(stage, shard), lasts), shard))
            self._where[stage] = found
        return self._where[stage]


def one_line(error: Exception) -> str:
    """What an error says: Arrow's messages end in a line break."""
    return " ".join(str(error).split())


def is_damage(error: Exception) -> bool:
    """Whether an error of reading a Parquet file says that the file is gone or no such file; a lost connection or a
    missing permission says nothing about it. Arrow's own errors of damaged pages are OSErrors without a number."""
    if isinstance(error, FileNotFoundError | pa.ArrowInvalid):
        return True
    return type(error) is OSError and error.errno is None


def _by_part(manifest: Manifest, fingerprints: Iterable[str]) -> dict[str, list[str]]:
    """Part -> those of `fingerprints` that lie in it; parts without rows are left out."""
    by_part: dict[str, list[str]] = {}
    for fp in fingerprints:
        part = manifest.live.get(fp) or manifest.retired.get(fp)
        if part is not None and manifest.parts.get(part) != 0:
            by_part.setdefault(part, []).append(fp)
    return by_part


def _groups_with(file: pq.ParquetFile, wanted: Collection[str]) -> list[int]:
    """Row groups with a fingerprint of `wanted`."""
    fingerprints = iter(file.read(["fingerprint"]).column(0).to_pylist())
    groups = [set(islice(fingerprints, file.metadata.row_group(at).num_rows)) for at in range(file.num_row_groups)]
    return [at for at, group in enumerate(groups) if not group.isdisjoint(wanted)]


def _has_vectors(schema: pa.Schema) -> bool:
    """A dictionary of their numbers, no two of which are equal, makes files larger by half and four times as slow to
    read."""
    return any(pa.types.is_list(field.type) and pa.types.is_floating(field.type.value_type) for field in schema)


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


def _lasting(manifest: Manifest, lasts: Lasts) -> set[str]:
    return {fp for fp in manifest.here if lasts(manifest.notes.get(fp))}
