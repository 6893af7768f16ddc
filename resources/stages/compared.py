"""The documents of a shard as they are recorded, against the newest listing."""

from __future__ import annotations

from codices.resources.stages.documents import documents, is_unchanged, links, listed, outermost
from codices.resources.stages.workspace import Workspace


class Compared:
    """The documents of a shard as they are recorded, against the newest listing."""

    def __init__(self, workspace: Workspace, shard: str):
        rows = [row for row in documents(workspace, shard) if row["state"] != "gone"]
        known = {row["path"]: row for row in rows}
        files = {file["path"]: file for file in listed(workspace, shard)}
        self.new = [file for path, file in files.items() if path not in known]
        stay = [(known[path], file) for path, file in files.items() if path in known]
        again = [row for row, file in stay if not is_unchanged(file, row)]
        self.again = {row["doc_id"] for row in again}  # their content is looked at again
        self.retried = sum(
            row["failure"] is not None and row["revision"] == files[row["path"]]["revision"] for row in again
        )
        self.listed = len(stay)
        self.gone = [row for row in rows if outermost(row["path"], known) not in files]
        gone = {row["doc_id"] for row in self.gone}
        self.standing = [row for row in rows if row["doc_id"] not in self.again | gone]
        self.relinked = {
            link["doc_id"]
            for link in links(workspace, shard)
            if workspace.corpus.revision(link["path"]) != link["revision"]
            or (link["revision"] is not None and link["content_hash"] is None)  # it could not be read
        }

    @property
    def differs(self) -> bool:
        return bool(self.new or self.again or self.gone or self.relinked)

    def states(self, failed: int) -> dict[str, int]:
        """Files per state; `failed` of those that stand failed before."""
        changed = len(self.again) - self.retried
        return {
            "new": len(self.new),
            "changed": changed,
            "failed": self.retried + failed,
            "same": self.listed - len(self.again) - failed,
            "gone": sum(row["container"] is None for row in self.gone),
        }
