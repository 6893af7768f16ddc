"""Files of the stages that cannot be read or written, and which of them are gone or damaged."""

from __future__ import annotations

import pyarrow as pa


class StageStoreError(Exception):
    """A stage file that cannot be read or written; the message names it and says what to do."""


class Lost(StageStoreError):
    """A file of the stages that is gone or damaged, and that `codices.resources.stages.healing` makes anew."""


class PartLost(Lost):
    """A part that the manifest of `shard` names. What lay in it is computed again, and nothing else."""

    def __init__(self, message: str, stage: str, shard: str, part: str):
        super().__init__(message)
        self.stage, self.shard, self.part = stage, shard, part


def one_line(error: Exception) -> str:
    """What an error says: Arrow's messages end in a line break."""
    return " ".join(str(error).split())


def is_damage(error: Exception) -> bool:
    """Whether an error of reading a Parquet file says that the file is gone or no such file; a lost connection or a
    missing permission says nothing about it. Arrow's own errors of damaged pages are OSErrors without a number."""
    if isinstance(error, FileNotFoundError | pa.ArrowInvalid):
        return True
    return type(error) is OSError and error.errno is None
