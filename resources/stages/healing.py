"""Files of the stages that were lost or damaged: what lay in them is made anew, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.extractions import EXTRACTION
from codices.resources.stages.listing import take_listing
from codices.resources.stages.order import STAGES
from codices.resources.stages.workspace import Workspace
from codices.resources.store.losses import Lost, PartLost
from codices.resources.store.records import RecordLost

T = TypeVar("T")

_BY_NAME = {stage.name: stage for stage in STAGES}
MOST_LOSSES = 100  # one after the other: a disk that damages more also damages what is made anew


def healed(workspace: Workspace, call: Callable[[], T]) -> T:
    """`call()`; where it finds a file of the stages lost, that is made anew and `call` begins again.

    Raises what stands against making it anew: ListingError where the corpus is not there.
    """
    for _ in range(MOST_LOSSES):
        try:
            return call()
        except Lost as loss:
            heal(workspace, loss)
    return call()


def heal(workspace: Workspace, loss: Lost) -> None:
    """Make anew what `loss` names, from the stage before it or from the corpus; with a part, all others of its stage
    that are missing. A damaged file is kept under another name."""
    if isinstance(loss, PartLost):
        lost = workspace.store.missing_parts(loss.stage, workspace.home.shard_keys)
        lost.setdefault(loss.shard, set()).add(loss.part)
        for shard, parts in lost.items():
            workspace.store.forget(loss.stage, shard, parts)
        for shard in lost:
            healed(workspace, lambda shard=shard: _BY_NAME[loss.stage].refresh(workspace, shard))
    elif isinstance(loss, RecordLost):
        folder, name = workspace.home.stages, loss.name
        if folder.exists(name):
            folder.move_aside(name)
        healed(workspace, lambda: take_listing(workspace))
        kind, _, file = name.partition("/")
        shard = file.removesuffix(".parquet")
        if kind == "documents":
            healed(workspace, lambda: refresh_documents(workspace, shard))
        elif kind == "links":
            healed(workspace, lambda: EXTRACTION.refresh(workspace, shard))
    else:
        raise loss
