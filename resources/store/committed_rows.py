"""Which rows every shard has in the tables, as last committed: doc_id -> fingerprint of all that they were made from.

What is about to be written is marked before the first commit. A run that is killed between its commits leaves the
marks, and the next run writes those rows again whatever their source says by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from codices.resources.foundation.files import Folder

UNFINISHED = ""  # no fingerprint: the document's rows may be of before, of after, or of both


@dataclass(frozen=True)
class CommittedRows:
    folder: Folder

    def is_recorded(self, shard: str) -> bool:
        """False for a shard that was never written, and for one whose record was lost or forgotten."""
        return self.folder.exists(self._name(shard))

    def recorded(self) -> set[str]:
        """The shards of which `is_recorded` is true, in one listing."""
        return {name.removesuffix(".json") for name in self.folder.names("index_rows") if name.endswith(".json")}

    def read(self, shard: str) -> dict[str, str]:
        """What is recorded of `shard`. A damaged record is put aside and counts as none: every row is then compared
        with the tables."""
        data = self.folder.read(self._name(shard))
        if data is None:
            return {}
        try:
            rows = orjson.loads(data)
        except ValueError:
            rows = None
        if isinstance(rows, dict) and all(isinstance(each, str) for each in rows.values()):
            return rows
        self.folder.move_aside(self._name(shard))
        return {}

    def begin(self, shard: str, doc_ids: Iterable[str]) -> None:
        """Mark documents whose rows are about to be written or deleted."""
        before = self.read(shard)
        after = {**before, **dict.fromkeys(doc_ids, UNFINISHED)}
        if after != before:
            self.finish(shard, after)

    def finish(self, shard: str, rows: Mapping[str, str]) -> None:
        """Record what the shard's rows are now."""
        self.folder.write(self._name(shard), orjson.dumps(rows))

    def forget(self, shards: Iterable[str]) -> None:
        """Let the next refresh compare every row of these shards with the tables, and write what differs."""
        for shard in shards:
            self.folder.remove(self._name(shard))

    def unfinished(self, shards: Iterable[str]) -> set[str]:
        """Documents that a run began to write and did not finish."""
        return {doc_id for shard in shards for doc_id, fp in self.read(shard).items() if fp == UNFINISHED}

    @staticmethod
    def _name(shard: str) -> str:
        return f"index_rows/{shard}.json"
