"""What a re-index would do, and how long that took before, found out from fingerprints without doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.stages import documents as documents_stage
from codices.resources.stages import element_rows, extractions, index_rows, vectors
from codices.resources.stages.compared import Compared
from codices.resources.stages.order import STAGES
from codices.resources.stages.reach import Reach
from codices.resources.stages.releasing import release_is_current
from codices.resources.stages.workspace import Workspace
from codices.resources.store.work_log import LOADING_MODELS

_STATES = ("new", "changed", "moved", "same", "failed", "gone")

# Kinds of work as a plan calls them -> as the stages record them.
_STAGES = {stage.work: stage for stage in STAGES}
_WORK = {work: stage.name for work, stage in _STAGES.items()} | {"index rows": index_rows.STAGE}
_WHOLE = ("documents", "search_indexes", "index_is_sound", "calibration", "retrieval", "retrieval_metrics", "release")


@dataclass
class Plan:
    """Documents per state against the newest listing, and units that every stage would compute.

    `moved` documents have the size and time of one that is gone, and are taken for it; `failed` ones failed before and
    did not change since. What new and changed documents bring is not known before they are parsed, nor how text falls
    into chunks before it is cut: `estimated` counts it from the mean of the documents that are there. What then turns
    out to be as it was is not computed again, so a run may do less.
    """

    documents: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_STATES, 0))
    compute: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_WORK, 0))  # units known to be missing
    estimated: dict[str, int] = field(default_factory=dict)  # about so many further units
    stale: list[str] = field(default_factory=list)  # shards with anything to do
    release: bool = False  # whether a release would be cut
    minutes: float | None = None  # from what earlier runs of this home took; None before the first

    @property
    def nothing_to_do(self) -> bool:
        return not self.stale and not self.release

    @property
    def units(self) -> dict[str, int]:
        """Units that every stage will probably compute."""
        return {stage: units + self.estimated.get(stage, 0) for stage, units in self.compute.items()}

    @property
    def parses(self) -> bool:
        """Whether any file would be parsed."""
        return bool(self.compute["extraction"] or self.estimated.get("extraction"))

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def make_plan(workspace: Workspace) -> Plan:
    """Compare the recorded listing and the present settings with what was computed. Reads manifests, no content.

    What the workspace is to force or to retry counts as not computed.
    """
    plan, compared = Plan(), {shard: Compared(workspace, shard) for shard in workspace.home.shard_keys}
    moved = _moved(workspace, compared)
    work = _Work(workspace, plan, {source["doc_id"] for pairs in moved.values() for source, _ in pairs})
    for shard, found in compared.items():
        failed = work.recorded(shard, found)
        for state, count in found.states(failed).items():
            plan.documents[state] += count
        if found.differs or work.lacks:
            plan.stale.append(shard)
    for shard, pairs in moved.items():
        work.moved(shard, pairs)
        moved_files = sum(row["container"] is None for row, _ in pairs)
        for state, sign in (("new", -1), ("gone", -1), ("moved", 1)):
            plan.documents[state] += sign * moved_files
    work.coming += plan.documents["new"] + sum(len(found.again) for found in compared.values())
    plan.estimated = work.estimates()
    plan.release = bool(plan.stale) or not release_is_current(workspace)
    plan.minutes = _minutes(plan, workspace.store.work.seconds_per_unit())
    return plan


def _minutes(plan: Plan, cost: dict[str, float]) -> float | None:
    if plan.nothing_to_do:
        return 0.0
    if not cost:
        return None
    units = {stage: plan.compute[stage] + plan.estimated.get(stage, 0) for stage in _WORK}
    seconds = sum(count * cost.get(_WORK[stage], 0.0) for stage, count in units.items())
    if units["text vectors"] + units["image vectors"]:
        seconds += cost.get(LOADING_MODELS, 0.0) * 2
    seconds += sum(cost.get(f"asset {step}", 0.0) for step in _WHOLE)
    return round(seconds / 60, 3)


Pairs = list[tuple[dict[str, Any], str]]  # document as it was recorded, path that it has now


def _moved(workspace: Workspace, compared: Mapping[str, Compared]) -> dict[str, Pairs]:
    """Shard -> the documents that seem to have moved there, with their attachments."""
    gone = [row for found in compared.values() for row in found.gone]
    known = {row["path"]: row for row in gone}
    attached: dict[str, list[dict[str, Any]]] = {}
    for row in gone:
        if row["container"] is not None:
            attached.setdefault(documents_stage.outermost(row["path"], known), []).append(row)
    files = [row for row in gone if row["container"] is None and row["content_hash"] is not None]
    places = documents_stage.moved(files, [file for found in compared.values() for file in found.new])
    pairs: dict[str, Pairs] = {}
    for row in files:
        if row["path"] in places:
            file = places[row["path"]]
            there = pairs.setdefault(file["shard"], [])
            there.append((row, file["path"]))
            there += [(each, file["path"] + each["path"][len(row["path"]) :]) for each in attached.get(row["path"], [])]
    return pairs


class _Work:
    """Adds up in a plan what the stages would compute, in the order in which they would."""

    def __init__(self, workspace: Workspace, plan: Plan, moving: Collection[str]):
        self._view = copy(workspace)
        self._reach = self._view.store = Reach(workspace.home.stages, workspace.home.shard_keys)
        self._compute = plan.compute
        self._moving = moving  # doc_ids
        self._sources: dict[str, tuple[Any, Any]] = {}  # of those: what their elements are made of, and their note
        self._seen: set[str] = set()  # what one shard computes is there for the others
        self._there = Counter[str]()  # documents, and their pictures, texts and images
        self._unparsed = self._rebuilt = self._pictures = 0  # known documents, parsed ones, pictures those show
        self.coming = 0  # documents whose content is not known
        self.lacks = False  # whether the shard in hand needs anything

    def recorded(self, shard: str, found: Compared) -> int:
        """Add what the documents that stand lack under the present settings; returns how many of their files failed."""
        view, self.lacks = self._view, False
        standing = {row["doc_id"] for row in found.standing}
        own = {row["doc_id"]: fp for fp, row in extractions.readable(view, shard) if row["doc_id"] in standing}
        linked = {
            doc_id: {fp for _, fp in links.values()}
            for doc_id, links in extractions.link_fingerprints(view, shard).items()
            if doc_id in standing
        }
        needed = set(own.values()).union(*linked.values())
        unknown = self._need("extraction", shard, needed)
        unparsed = {doc_id for doc_id, fp in own.items() if fp in unknown}
        built = element_rows.wanted_elements(view, shard)
        notes = self._reach.notes(element_rows.STAGE, shard, built)
        self._sources |= {s.doc_id: (s, notes.get(fp)) for fp, s in built.items() if s.doc_id in self._moving}
        of = {source.doc_id: fp for fp, source in built.items() if source.doc_id in standing}
        pictures = {fp for key in of.values() for fp in built[key].readings}
        unread = self._need("ocr", shard, pictures)
        again = {
            fp
            for doc_id, fp in of.items()
            if doc_id in found.relinked or unread & {*built[fp].readings} or unknown & linked.get(doc_id, set())
        }
        parsed = {fp: doc_id for doc_id, fp in of.items() if doc_id not in unparsed}
        unbuilt = self._need("elements", shard, parsed.keys(), again)
        for fp in unbuilt:
            self._show(shard, built[fp])
        late = self._vectors(shard, {doc_id: notes[fp] for fp, doc_id in parsed.items() if fp not in unbuilt})
        stored = self._reach.stored(element_rows.STAGE, shard).live
        late |= {doc_id for fp, doc_id in parsed.items() if fp in unbuilt or fp not in stored}
        self._rows(shard, found, standing, late, unparsed, index_rows.wanted_rows(view, shard, built))
        self._unparsed += len(unparsed)
        self._learn(shard)
        failed = {row["doc_id"] for row in found.standing if row["failure"]}
        failed |= {doc_id for doc_id, fp in of.items() if fp in notes and notes[fp]["failure"]}
        return sum(row["container"] is None and row["doc_id"] in failed for row in found.standing)

    def moved(self, shard: str, pairs: Pairs) -> None:
        """Add what documents lack that moved to the shard: elements tell their path, the rest goes by content."""
        common = extractions.common_fingerprint(self._view.settings.extraction)
        of = {
            path: extractions.extraction_fingerprint(common, path, row["content_hash"])
            for row, path in pairs
            if row["content_hash"] is not None
        }
        unknown = self._need("extraction", shard, set(of.values()))
        parsed = {}
        for row, path in pairs:
            if path not in of or of[path] in unknown or row["doc_id"] not in self._sources:
                self._unparsed += 1
            else:
                parsed[path] = self._sources[row["doc_id"]]
        self._need("ocr", shard, {fp for source, _ in parsed.values() for fp in source.readings})
        self._vectors(shard, {path: note for path, (_, note) in parsed.items() if note is not None})
        for source, note in parsed.values():
            if note is None:
                self._show(shard, source)
        self._compute["elements"] += len(parsed)
        self._compute["index rows"] += len(parsed)

    def _need(self, stage: str, shard: str, needed: Collection[str], again: Collection[str] = ()) -> set[str]:
        """Count what a refresh would compute; returns those of which it is not known what that gives."""
        needed = set(needed)
        again = needed & {*again, *_STAGES[stage].to_retry(self._view, shard, needed)}
        missing = needed - self._reach.notes(_WORK[stage], shard, needed).keys()
        computed = needed if self._view.force else again | (missing - self._seen)
        self._seen |= missing
        self._compute[stage] += len(computed)
        absent = needed - self._reach.stored(_WORK[stage], shard).live.keys()
        self.lacks = self.lacks or bool(computed or absent)
        return missing | again

    def _vectors(self, shard: str, notes: Mapping[str, dict[str, Any]]) -> set[str]:
        """Count the vectors that documents (or paths) with these notes of their elements lack; returns those that lack
        any in this shard."""
        encoders, late = self._view.settings.encoders, set()
        for stage, base, kind in (
            ("text vectors", vectors.text_base(encoders), "keys"),
            ("image vectors", vectors.image_base(encoders), "images"),
        ):
            of = {name: {fingerprint(base, key) for key in note[kind]} for name, note in notes.items()}
            self._need(stage, shard, set().union(*of.values()))
            here = self._reach.stored(_WORK[stage], shard).live.keys()
            late |= {name for name, fingerprints in of.items() if not fingerprints <= here}
        return late

    def _show(self, shard: str, source: Any) -> None:
        """Of a document whose elements are missing: its texts are not known, its pictures are."""
        self._rebuilt += 1
        base = vectors.image_base(self._view.settings.encoders)
        parsed = {source.extraction, *(fp for _, fp in source.links.values())}
        shown = {
            fingerprint(base, image_id)
            for note in self._reach.notes(extractions.STAGE, shard, parsed).values()
            for image_id, role in note["pictures"]
            if role != "page"
        }
        missing = shown - self._reach.notes(vectors.IMAGE_STAGE, shard, shown).keys() - self._seen
        self._seen |= missing
        self._pictures += len(missing)

    def _rows(
        self,
        shard: str,
        found: Compared,
        standing: set[str],
        late: set[str],
        unparsed: set[str],
        wanted: Mapping[str, str],
    ) -> None:
        committed = self._view.committed.read(shard)
        changed = {doc_id for doc_id in standing if wanted.get(doc_id) != committed.get(doc_id)}
        written = standing if self._view.force else changed | late
        gone = committed.keys() - standing - found.again
        if not self._view.committed.is_recorded(shard):
            gone |= self._view.tables.documents_of(shard) - standing - found.again
        self._compute["index rows"] += len(written - unparsed) + len(gone)
        self.lacks = self.lacks or bool(written or gone)

    def _learn(self, shard: str) -> None:
        elements = self._reach.stored(element_rows.STAGE, shard)
        for note in (elements.notes[fp] for fp in elements.live if elements.notes[fp]["failure"] is None):
            self._there.update(
                {"documents": 1, "text vectors": len(note["keys"]), "image vectors": len(note["images"])}
            )
        if self._view.settings.ocr.enabled:
            parsed = self._reach.stored(extractions.STAGE, shard)
            self._there["ocr"] += sum(len(parsed.notes[fp]["pictures"]) for fp in parsed.live)

    def estimates(self) -> dict[str, int]:
        """What is not known exactly, from the mean of the documents that are there."""
        unparsed, there = self.coming + self._unparsed, self._there
        found = {"extraction": self.coming, "elements": unparsed, "index rows": unparsed}
        if there["documents"]:
            mean = {stage: there[stage] / there["documents"] for stage in ("ocr", "text vectors", "image vectors")}
            found["ocr"] = round(mean["ocr"] * unparsed)
            found["text vectors"] = round(mean["text vectors"] * (unparsed + self._rebuilt))
            found["image vectors"] = round(mean["image vectors"] * unparsed) + self._pictures
        return {stage: found[stage] for stage in _WORK if found.get(stage)}
