"""What a re-index would do, and how long that took before, found out from fingerprints without doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from resources.stages import documents as documents_stage
from resources.stages import element_rows, extractions, index_rows, readings, vectors
from resources.stages.releasing import release_is_current
from resources.stages.work import LOADING_MODELS
from resources.workspace import Workspace


@dataclass
class Plan:
    """Documents per state against the newest listing, and units that every stage would compute.

    What new and changed documents will bring is not known before they are parsed: `estimated` counts it from the mean
    of the documents that are there.
    """

    documents: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "same", "gone"), 0))
    compute: dict[str, int] = field(default_factory=dict)  # stage -> units known to be missing
    estimated: dict[str, int] = field(default_factory=dict)  # stage -> further units, from new and changed documents
    stale: list[str] = field(default_factory=list)  # shards with anything to do
    release: bool = False  # whether a release would be cut
    minutes: float | None = None  # from what earlier runs of this home took; None before the first

    @property
    def nothing_to_do(self) -> bool:
        return not self.stale and not self.release

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def make_plan(workspace: Workspace) -> Plan:
    """Compare the recorded listing and the present settings with what was computed. Reads manifests, no content."""
    plan = Plan()
    before = _Means()
    for shard in workspace.home.shard_keys:
        changed, differs = _compare_documents(workspace, shard, plan)
        missing = _missing(workspace, shard, changed)
        before.add(workspace, shard)
        for stage, units in missing.items():
            plan.compute[stage] = plan.compute.get(stage, 0) + units
        if differs or any(missing.values()):
            plan.stale.append(shard)
    plan.release = bool(plan.stale) or not release_is_current(workspace)
    coming = plan.documents["new"] + plan.documents["changed"]
    plan.estimated = {"extraction": coming, **before.times(coming)} if coming else {}
    plan.minutes = _minutes(plan, workspace.store.work.seconds_per_unit())
    return plan


def _minutes(plan: Plan, cost: dict[str, float]) -> float | None:
    if plan.nothing_to_do:
        return 0.0
    if not cost:
        return None
    units = {stage: plan.compute.get(stage, 0) + plan.estimated.get(stage, 0) for stage in _WORK}
    seconds = sum(count * cost.get(_WORK[stage], 0.0) for stage, count in units.items())
    if units["text vectors"] + units["image vectors"]:
        seconds += cost.get(LOADING_MODELS, 0.0) * 2
    seconds += sum(cost.get(f"asset {step}", 0.0) for step in _WHOLE)
    return round(seconds / 60, 3)


# Kinds of work as a plan calls them -> as the stages record them.
_WORK = {
    "extraction": extractions.STAGE,
    "ocr": readings.STAGE,
    "elements": element_rows.STAGE,
    "text vectors": vectors.TEXT_STAGE,
    "image vectors": vectors.IMAGE_STAGE,
    "index rows": index_rows.STAGE,
}
_WHOLE = ("documents", "search_indexes", "index_is_sound", "calibration", "retrieval", "retrieval_metrics", "release")


def _compare_documents(workspace: Workspace, shard: str, plan: Plan) -> tuple[set[str], bool]:
    """Paths of documents that changed, and whether anything in the shard differs from what is recorded."""
    known = {row["path"]: row for row in documents_stage.documents(workspace, shard) if row["state"] != "gone"}
    listed = documents_stage.listed(workspace, shard)
    changed, new = set(), 0
    for file in listed:
        row = known.get(file["path"])
        if row is None:
            new += 1
        elif not documents_stage.is_unchanged(file, row):
            changed.add(file["path"])
    plan.documents["new"] += new
    plan.documents["changed"] += len(changed)
    plan.documents["same"] += len(listed) - len(changed) - new
    present = {file["path"] for file in listed}
    gone = sum(row["container"] is None and path not in present for path, row in known.items())
    plan.documents["gone"] += gone
    moved_links = any(
        workspace.corpus.revision(link["path"]) != link["revision"] for link in documents_stage.links(workspace, shard)
    )
    return changed, bool(changed or new or gone or moved_links)


def _missing(workspace: Workspace, shard: str, changed: set[str]) -> dict[str, int]:
    """Units per stage that the recorded documents lack under the present settings. What `changed` will need is not
    among them: their content is another by now."""

    def lacking(stage: str, needed: Any) -> int:
        return len(set(needed) - workspace.store.manifest(stage, shard).live.keys())

    to_parse = [fp for fp, row in extractions.wanted(workspace, shard).items() if row["path"] not in changed]
    return {
        "extraction": lacking(extractions.STAGE, to_parse),
        "ocr": lacking(readings.STAGE, readings.wanted_readings(workspace, shard)),
        "elements": lacking(element_rows.STAGE, element_rows.wanted_elements(workspace, shard)),
        "text vectors": lacking(vectors.TEXT_STAGE, vectors.wanted_texts(workspace, shard)),
        "image vectors": lacking(vectors.IMAGE_STAGE, vectors.wanted_images(workspace, shard)),
        "index rows": index_rows.documents_to_write(workspace, shard),
    }


class _Means:
    """Pictures, texts and images per document, over the documents that were indexed before."""

    def __init__(self) -> None:
        self.documents = 0
        self.units = dict.fromkeys(("ocr", "text vectors", "image vectors"), 0)

    def add(self, workspace: Workspace, shard: str) -> None:
        for note in workspace.store.manifest(element_rows.STAGE, shard).notes.values():
            self.documents += 1
            self.units["text vectors"] += len(note["keys"])
            self.units["image vectors"] += len(note["images"])
        for note in workspace.store.manifest(extractions.STAGE, shard).notes.values():
            self.units["ocr"] += len(note["pictures"])

    def times(self, documents: int) -> dict[str, int]:
        if not self.documents:
            return {}
        units = {stage: round(units / self.documents * documents) for stage, units in self.units.items()}
        return {"elements": documents, **units, "index rows": documents}
