"""What processes of their own do to a stage on an object store: apart from the tests, which import a server."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from codices.resources.foundation.files import Folder
from codices.resources.store.manifest import Unit
from codices.resources.store.stage_store import StageStore

STAGES = "s3://codices-test/home/stages"
ROW = pa.schema([pa.field("fingerprint", pa.string(), nullable=False), ("value", pa.string())])


def refresh(wanted: set[str]) -> None:
    """Bring the shard 00 to `wanted`, and read all of it, as the next stage does."""
    store = StageStore(Folder(STAGES))
    store.refresh("stage", "00", wanted, computed, ROW)
    check_rows(store, wanted)


def computed(fingerprints: list[str]) -> Iterator[Unit]:
    for fp in fingerprints:
        yield Unit(fp, pa.table({"fingerprint": [fp], "value": [f"value of {fp}"]}, ROW))


def check_rows(store: StageStore, wanted: set[str]) -> None:
    rows = [row for batch in store.rows("stage", "00", wanted) for row in batch.to_pylist()]
    assert {row["fingerprint"]: row["value"] for row in rows} == {fp: f"value of {fp}" for fp in wanted}
    assert len(rows) == len(wanted)
