"""What a re-index would do, and how long that took before: the refresh itself, less the work."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from codices.resources.reports.foreseen import ForeseenContents, ForeseenElements, moved_documents
from codices.resources.stages import element_rows, extractions, index_rows, readings, vectors
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.order import STAGES
from codices.resources.stages.releasing import release_is_current
from codices.resources.stages.workspace import Workspace
from codices.resources.store.planned import PlannedRecords, PlannedStore
from codices.resources.store.records import Document
from codices.resources.store.work_log import LOADING_MODELS

_STATES = ("new", "changed", "moved", "same", "failed", "gone")

# Kinds of work as a plan calls them -> as the stages record them.
_WORK = {stage.work: stage.name for stage in STAGES} | {"index rows": index_rows.STAGE}
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
    plan = _planned_shards(workspace)
    plan.release = bool(plan.stale) or not release_is_current(workspace)
    plan.minutes = _minutes(plan, workspace.store.work.seconds_per_unit())
    return plan


def stale_shards(workspace: Workspace) -> list[str]:
    """Shards with anything to do, as `make_plan` finds them."""
    return _planned_shards(workspace).stale


def _planned_shards(workspace: Workspace) -> Plan:
    plan, dry = Plan(), _DryRun(workspace)
    for shard in workspace.home.shard_keys:
        dry.refresh(shard, plan)
    plan.estimated = dry.estimates()
    return plan


def _minutes(plan: Plan, cost: dict[str, float]) -> float | None:
    if plan.nothing_to_do:
        return 0.0
    if not cost:
        return None
    seconds = sum(count * cost.get(_WORK[stage], 0.0) for stage, count in plan.units.items())
    if plan.units["text vectors"] + plan.units["image vectors"]:
        seconds += cost.get(LOADING_MODELS, 0.0) * 2
    seconds += sum(cost.get(f"asset {step}", 0.0) for step in _WHOLE)
    return round(seconds / 60, 3)


class _DryRun:
    """Refreshes shard after shard of a workspace that computes and writes nothing, and adds up what it would."""

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self._moved = moved_documents(workspace)
        self._view = view = copy(workspace)
        self._elements = ForeseenElements(workspace, view, self._moved)
        foreseen = {
            readings.STAGE: lambda shard, fp: {"failed": False},
            element_rows.STAGE: self._elements,
            vectors.TEXT_STAGE: lambda shard, fp: None,
            vectors.IMAGE_STAGE: lambda shard, fp: None,
        }
        view.progress = lambda stage, done, total: None
        view.contents = self._contents = ForeseenContents(workspace, self._moved)
        view.records = self._records = PlannedRecords(workspace.home.stages)
        view.store = self._store = PlannedStore(workspace.home.stages, foreseen)
        self._left = {row.path for row in self._moved.values()}  # the paths that those had
        self._there = Counter[str]()  # documents, and their pictures, texts and images
        self._coming = self._unparsed = 0  # documents whose content, or what is in it, is not known

    def refresh(self, shard: str, plan: Plan) -> None:
        """Add to `plan` what a run would do in this shard."""
        view = self._view
        self._contents.unknown.clear()
        refresh_documents(view, shard)
        done = {stage.work: stage.refresh(view, shard) for stage in STAGES}
        unparsed = self._unknown(shard)
        rows = index_rows.difference(view, shard)
        for work, refreshed in done.items():
            plan.compute[work] += refreshed.computed
        plan.compute["index rows"] += len(rows.changed - unparsed) + len(rows.gone)
        states = self._states(shard)
        plan.documents = {state: count + states[state] for state, count in plan.documents.items()}
        changes = bool(unparsed or self._contents.unknown or rows or self._records.is_relinked(shard))
        if changes or self._differs(shard) or any(each.computed or each.written for each in done.values()):
            plan.stale.append(shard)
        self._learn(shard)
        self._records.drop(shard)

    def _unknown(self, shard: str) -> set[str]:
        """Documents of which it is not known what is in them."""
        coming = {row.doc_id for row in self._there_now(shard) if row.failure is None and row.content_hash is None}
        own = {row.doc_id: fp for fp, row in extractions.readable(self._view, shard)}
        parsed = self._store.notes(extractions.STAGE, shard, set(own.values()))
        unparsed = {doc_id for doc_id, fp in own.items() if fp not in parsed}
        self._coming += len(coming)
        self._unparsed += len(unparsed)
        return coming | unparsed

    def _there_now(self, shard: str) -> list[Document]:
        return [row for row in self._records.documents(shard) if row.is_there]

    def _differs(self, shard: str) -> bool:
        """Whether the record of the documents says anything else than before, beside which of them are the same."""
        before, now = self._workspace.records.documents(shard), self._records.documents(shard)
        return before is not now and {*map(_recorded, before)} != {*map(_recorded, now)}

    def _states(self, shard: str) -> Counter[str]:
        """Files per state of a plan; what moved away counts where it is now."""
        before = {row.path: row for row in self._workspace.records.documents(shard) if row.is_there}
        failed = _failed(self._workspace, shard) | _failed(self._view, shard)
        return Counter(
            _state(before.get(row.path), row, row.path in self._moved, row.doc_id in failed)
            for row in self._records.documents(shard)
            if row.container is None and (row.is_there or (row.path in before and row.path not in self._left))
        )

    def _learn(self, shard: str) -> None:
        elements = self._store.stored(element_rows.STAGE, shard)
        for note in (elements.notes[fp] for fp in elements.live if elements.notes[fp]["failure"] is None):
            self._there.update(
                {"documents": 1, "text vectors": len(note["keys"]), "image vectors": len(note["images"])}
            )
        if self._view.settings.ocr.enabled:
            parsed = self._store.stored(extractions.STAGE, shard)
            self._there["ocr"] += sum(len(parsed.notes[fp]["pictures"]) for fp in parsed.live)

    def estimates(self) -> dict[str, int]:
        """What is not known exactly, from the mean of the documents that are there."""
        unparsed, there = self._coming + self._unparsed, self._there
        found = {"extraction": self._coming, "elements": unparsed, "index rows": unparsed}
        if there["documents"]:
            mean = {stage: there[stage] / there["documents"] for stage in ("ocr", "text vectors", "image vectors")}
            found["ocr"] = round(mean["ocr"] * unparsed)
            found["text vectors"] = round(mean["text vectors"] * (unparsed + self._elements.rebuilt))
            found["image vectors"] = round(mean["image vectors"] * unparsed)
        return {stage: found[stage] for stage in _WORK if found.get(stage)}


def _failed(workspace: Workspace, shard: str) -> set[str]:
    """Documents that gave no elements."""
    built = element_rows.wanted_elements(workspace, shard)
    notes = workspace.store.notes(element_rows.STAGE, shard, built)
    return {built[fp].doc_id for fp, note in notes.items() if note["failure"]}


def _recorded(row: Document) -> tuple[Any, ...]:
    return row.path, row.revision, row.content_hash, row.failure, row.is_there


def _state(before: Document | None, now: Document, has_moved: bool, failed: bool) -> str:
    if not now.is_there:
        return "gone"
    if before is None:
        return "moved" if has_moved else "new"
    if now.revision == before.revision and (before.failure is not None or failed):
        return "failed"
    return "same" if now.state == "same" else "changed"
