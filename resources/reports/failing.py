"""Which documents failed and why, in bounds that a page can show; and what the whole home holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from codices.resources.foundation.failures import Failure
from codices.resources.index.errors import IndexStoreError
from codices.resources.index.schema import DOCUMENTS, ELEMENTS, IMAGES
from codices.resources.stages import extractions
from codices.resources.stages.workspace import Workspace

SHOWN = 200
"""Failed documents that are named; a page with more of them is slow, and nobody reads it."""

SHOWN_CHARACTERS = 300
"""Of a path or a reason."""

NAMED = 3
"""New failures that a sentence names."""


@dataclass(frozen=True)
class Failing:
    """The failed documents of a home. `new` ones failed in the run of the workspace. `shown`: path, stage, kind and
    reason of the first SHOWN, new ones first. `read`: documents that are indexed."""

    total: int = 0
    new: int = 0
    read: int = 0
    shown: list[dict[str, str]] = field(default_factory=list)

    @property
    def description(self) -> str:
        """One sentence with the numbers; it names new ones."""
        if not self.total:
            return f"all {self.read} documents can be read"
        told = f"{self.total} of {self.total + self.read} documents failed"
        if not self.new:
            return f"{told}, none of them in this run"
        names = [each["path"] for each in self.shown[: min(self.new, NAMED)]]
        more = ", …" if self.new > NAMED else ""
        return f"{told}, {self.new} of them in this run: {', '.join(names)}{more}"


def failing(workspace: Workspace) -> Failing:
    """The failed documents in the tables as they are now; none before there are tables."""
    try:
        documents = workspace.tables.dataset(DOCUMENTS)
    except IndexStoreError:
        return Failing()
    read = documents.count_rows("state = 'indexed'")
    failed = documents.to_table(["path", "error", "run_id"], filter="state = 'failed'")
    if not failed.num_rows:
        return Failing(read=read)
    known = np.asarray(failed["run_id"]) != workspace.run_id
    first = np.lexsort((np.asarray(failed["path"]), known))[:SHOWN]
    shown = [shown_failure(row["path"], Failure(**row["error"])) for row in failed.take(first).to_pylist()]
    return Failing(failed.num_rows, int((~known).sum()), read, shown)


def failures_by_kind(workspace: Workspace) -> dict[str, int]:
    """Kind -> how many documents failed for it; empty before there are tables."""
    try:
        failed = workspace.tables.dataset(DOCUMENTS).to_table(["error"], filter="state = 'failed'")
    except IndexStoreError:
        return {}
    return dict(Counter(error["kind"] for error in failed["error"].to_pylist()))


def failed_before_extraction(workspace: Workspace, shard: str) -> list[dict[str, str]]:
    """The documents of a shard that could not be listed or hashed, as `Failing.shown` has them; all of them."""
    return _sorted(
        (row.path, row.failure)
        for row in workspace.records.documents(shard)
        if row.is_there and row.failure is not None
    )


def failed_in_extraction(workspace: Workspace, shard: str) -> list[dict[str, str]]:
    """The documents of a shard that could not be parsed, as `Failing.shown` has them; all of them."""
    own = extractions.readable(workspace, shard)
    notes = workspace.store.notes(extractions.STAGE, shard, {fp for fp, _ in own})
    failed = {fp for fp, note in notes.items() if note["failed"]}
    if not failed:
        return []
    reasons = {
        row["fingerprint"]: Failure(**row["failure"])
        for batch in workspace.store.rows(extractions.STAGE, shard, failed, ["failure"])
        for row in batch.to_pylist()
    }
    return _sorted((document.path, reasons[fp]) for fp, document in own if fp in reasons)


def shown_failure(path: str, failure: Failure) -> dict[str, str]:
    """A failed document as a row of a table that people read."""
    return {
        "path": _cut(path),
        "stage": failure.stage,
        "kind": failure.kind,
        "reason": _cut(failure.message),
    }


def home_totals(workspace: Workspace) -> dict[str, int]:
    """Documents by state, their bytes, elements by modality and pictures, of all shards; empty before there are
    tables."""
    try:
        documents, elements, images = map(workspace.tables.dataset, (DOCUMENTS, ELEMENTS, IMAGES))
    except IndexStoreError:
        return {}
    sizes = documents.to_table(["bytes"], filter="state = 'indexed'")["bytes"]
    return {
        "documents indexed": len(sizes),
        "documents failed": documents.count_rows("state = 'failed'"),
        "bytes indexed": int(np.asarray(sizes).sum()),
        **{f"{name} elements": elements.count_rows(f"modality = '{name}'") for name in ("text", "table", "figure")},
        "pictures": images.count_rows(),
    }


def _sorted(failed: Iterable[tuple[str, Failure]]) -> list[dict[str, str]]:
    return [shown_failure(path, failure) for path, failure in sorted(failed, key=lambda each: each[0])]


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
