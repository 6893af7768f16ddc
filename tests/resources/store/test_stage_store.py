"""The stage store: what is kept, copied, computed and dropped, and what a killed or damaged run leaves behind."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from codices.resources.foundation.files import Folder
from codices.resources.store import stage_store as store_module
from codices.resources.store.donors import Donors
from codices.resources.store.losses import PartLost, StageStoreError
from codices.resources.store.manifest import Unit
from codices.resources.store.stage_store import StageStore

SCHEMA = pa.schema([pa.field("fingerprint", pa.string(), nullable=False), ("value", pa.string())])


class Computer:
    """Computes one row per fingerprint (none for those that start with "empty") and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, fingerprints: list[str]) -> Iterator[Unit]:
        for fp in fingerprints:
            self.asked.append(fp)
            values = [] if fp.startswith("empty") else [f"value of {fp}"]
            yield Unit(fp, pa.table({"fingerprint": [fp] * len(values), "value": values}, SCHEMA), {"of": fp})


@pytest.fixture
def store(tmp_path: Path) -> StageStore:
    return StageStore(Folder(str(tmp_path)))


def values(store: StageStore, shard: str, fingerprints: set[str]) -> dict[str, str]:
    rows = [row for batch in store.rows("stage", shard, fingerprints) for row in batch.to_pylist()]
    assert len(rows) == len({row["fingerprint"] for row in rows}), "a fingerprint came twice"
    return {row["fingerprint"]: row["value"] for row in rows}


def test_only_what_is_missing_is_computed_and_nothing_is_written_without_need(store: StageStore, tmp_path: Path):
    compute = Computer()
    assert store.refresh("stage", "00", {"a", "b", "empty"}, compute, SCHEMA).computed == 3
    files = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and ".locks" not in str(path)
    }
    again = store.refresh("stage", "00", {"a", "b", "empty"}, compute, SCHEMA)
    assert (again.kept, again.computed, again.written) == (3, 0, False)
    assert files == {path: path.stat().st_mtime_ns for path in files}
    changed = store.refresh("stage", "00", {"a", "c"}, compute, SCHEMA)
    assert (changed.kept, changed.computed, changed.dropped) == (1, 1, 2)
    assert sorted(compute.asked) == ["a", "b", "c", "empty"]
    assert values(store, "00", {"a", "b", "c"}) | {"b": ""} == {"a": "value of a", "b": "", "c": "value of c"}
    assert store.notes("stage", "00", {"a", "c"}) == {"a": {"of": "a"}, "c": {"of": "c"}}


def test_a_document_that_moves_to_another_shard_is_not_computed_again(store: StageStore):
    compute, donors = Computer(), Donors(store.manifest, ["00", "01"])
    store.refresh("stage", "00", {"a", "empty"}, compute, SCHEMA, donors)
    store.refresh("stage", "00", set(), compute, SCHEMA, donors)  # its old shard is refreshed first
    moved = store.refresh("stage", "01", {"a", "empty"}, compute, SCHEMA, Donors(store.manifest, ["00", "01"]))
    assert (moved.reused, moved.computed) == (2, 0)
    assert values(store, "01", {"a", "empty"}) == {"a": "value of a"}
    assert store.notes("stage", "01", {"a"}) == {"a": {"of": "a"}}


def test_what_is_wanted_again_before_the_next_generation_is_still_there(store: StageStore):
    compute = Computer()
    for wanted in ({"a", "b"}, {"a"}, {"a", "b"}):
        store.refresh("stage", "00", wanted, compute, SCHEMA)
    assert compute.asked == ["a", "b"]


def test_a_run_gives_up_what_earlier_runs_retired_but_nothing_of_its_own(tmp_path: Path):
    compute, folder = Computer(), Folder(str(tmp_path))
    run = StageStore(folder)
    for wanted in ({"a"}, {"b"}, {"c"}, {"a"}):
        run.refresh("stage", "00", wanted, compute, SCHEMA)
    assert compute.asked == ["a", "b", "c"]
    for wanted in ({"d"}, {"e"}, {"a"}):
        StageStore(folder).refresh("stage", "00", wanted, compute, SCHEMA)
    assert compute.asked == ["a", "b", "c", "d", "e", "a"]


def test_what_may_come_out_otherwise_is_neither_copied_nor_taken_back(store: StageStore):
    def failing(fingerprints: list[str]) -> Iterator[Unit]:
        yield from (Unit(fp, SCHEMA.empty_table(), {"of": "nothing"}) for fp in fingerprints)

    def refresh(shard: str, wanted: set[str], compute: Computer) -> None:
        donors = Donors(store.manifest, ["00", "01"])
        store.refresh("stage", shard, wanted, compute, SCHEMA, donors, lasts=lambda note: note["of"] != "nothing")

    compute = Computer()
    store.refresh("stage", "00", {"a"}, failing, SCHEMA)
    refresh("01", {"a"}, compute)
    assert values(store, "01", {"a"}) == {"a": "value of a"}
    for wanted in (set[str](), {"a"}):
        refresh("00", wanted, compute)
    assert values(store, "00", {"a"}) == {"a": "value of a"}
    assert compute.asked == ["a"], "what was retired as a failure was taken from the other shard"


def test_force_computes_everything_again_and_keeps_one_row_each(store: StageStore):
    compute = Computer()
    store.refresh("stage", "00", {"a", "b"}, compute, SCHEMA)
    assert store.refresh("stage", "00", {"a", "b"}, compute, SCHEMA, force=True).computed == 2
    assert set(values(store, "00", {"a", "b"})) == {"a", "b"}


def test_many_small_refreshes_are_folded_into_few_files(store: StageStore):
    compute, wanted = Computer(), set()
    for number in range(30):
        wanted.add(f"unit {number}")
        store.refresh("stage", "00", wanted, compute, SCHEMA)
    assert len(store.manifest("stage", "00").parts) <= store_module.MAX_PARTS
    assert len(values(store, "00", wanted)) == 30
    assert len(compute.asked) == 30


def test_a_large_file_is_not_written_again_for_a_few_small_ones(store: StageStore):
    compute, wanted = Computer(), {f"unit {number}" for number in range(200)}
    store.refresh("stage", "00", wanted, compute, SCHEMA)
    [large] = store.manifest("stage", "00").parts
    for number in range(200, 260):
        wanted.add(f"unit {number}")
        store.refresh("stage", "00", wanted, compute, SCHEMA)
        assert len(store.manifest("stage", "00").parts) <= store_module.MAX_PARTS
    assert large in store.manifest("stage", "00").parts
    assert len(values(store, "00", wanted)) == 260


def test_folding_files_keeps_what_was_just_retired(store: StageStore, tmp_path: Path):
    older = pa.schema([*SCHEMA, ("gone", pa.string())])
    store.refresh("stage", "00", {"x"}, lambda fps: [Unit(fp, older.empty_table(), {}) for fp in fps], older)
    compute, wanted = Computer(), {"first"}
    for number in range(store_module.MAX_PARTS - 1):
        wanted.add(f"unit {number}")
        store.refresh("stage", "00", wanted, compute, SCHEMA)
    wanted -= {"first"}
    store.refresh("stage", "00", {*wanted, "last"}, compute, SCHEMA)
    assert len(store.manifest("stage", "00").parts) == 1
    store.refresh("stage", "00", {"first"}, compute, SCHEMA)
    assert compute.asked.count("first") == 1
    assert values(store, "00", {"first"}) == {"first": "value of first"}


def test_what_a_killed_writer_left_is_removed(store: StageStore, tmp_path: Path):
    left = [tmp_path / "stage" / f".00-{'0' * 32}.parquet.{'1' * 32}.tmp", tmp_path / f".listing.{'2' * 32}.tmp"]
    (tmp_path / "stage").mkdir()
    for path in left:
        path.write_bytes(b"half a fi")
    store.refresh("stage", "00", {"a"}, Computer(), SCHEMA)
    assert [path.exists() for path in left] == [False, True]
    store.folder.remove_temporary(older_than_seconds=60)
    assert left[1].exists(), "somebody may still be writing it"
    os.utime(left[1], (1, 1))
    store.folder.remove_temporary(older_than_seconds=60)
    assert not left[1].exists()


def test_an_error_in_the_middle_leaves_the_old_state(store: StageStore, tmp_path: Path):
    store.refresh("stage", "00", {"a"}, Computer(), SCHEMA)

    def failing(fingerprints: list[str]) -> Iterator[Unit]:
        yield from Computer()(fingerprints[:1])
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        store.refresh("stage", "00", {"b", "c"}, failing, SCHEMA)
    assert values(store, "00", {"a", "b", "c"}) == {"a": "value of a"}
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_long_refresh_goes_on_where_it_was_killed(store: StageStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store_module, "CHECKPOINT_SECONDS", 0)
    store.refresh("stage", "00", {"old"}, Computer(), SCHEMA)

    def killed_after_two(fingerprints: list[str]) -> Iterator[Unit]:
        yield from Computer()(fingerprints[:2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.refresh("stage", "00", {"a", "b", "c"}, killed_after_two, SCHEMA)
    assert "old" in values(store, "00", {"old"}), "what readers had stays until the new state is complete"
    rest = Computer()
    store.refresh("stage", "00", {"a", "b", "c"}, rest, SCHEMA)
    assert rest.asked == ["c"]
    assert set(values(store, "00", {"a", "b", "c", "old"})) == {"a", "b", "c", "old"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "WAITS_SECONDS", (0.0, 0.0))


@pytest.mark.parametrize("damage", ["gone", "no Parquet", "cut short", "other bytes"])
def test_a_lost_part_is_named_and_only_what_lay_in_it_is_computed_again(
    store: StageStore, tmp_path: Path, impatient: None, damage: str
):
    compute = Computer()
    store.refresh("stage", "00", {"a", "b"}, compute, SCHEMA)
    [part] = (tmp_path / "stage").glob("*.parquet")
    store.refresh("stage", "00", {"a", "b", "c"}, compute, SCHEMA)
    content = part.read_bytes()
    half = len(content) // 2
    match damage:
        case "gone":
            part.unlink()
        case "no Parquet":
            part.write_bytes(b"not Parquet")
        case "cut short":
            part.write_bytes(content[:half])
        case _:
            part.write_bytes(content[:4] + bytes(byte ^ 0xFF for byte in content[4:half]) + content[half:])
    with pytest.raises(PartLost, match=rf"{part.name} is (gone|damaged).*codices index") as raised:
        values(store, "00", {"a", "b", "c"})
    assert "delete" not in str(raised.value)
    assert (raised.value.stage, raised.value.shard, raised.value.part) == ("stage", "00", part.name)
    store.forget("stage", "00", {part.name})
    store.refresh("stage", "00", {"a", "b", "c"}, compute, SCHEMA)
    assert sorted(compute.asked) == ["a", "a", "b", "b", "c"]
    assert set(values(store, "00", {"a", "b", "c"})) == {"a", "b", "c"}
    assert len(list((tmp_path / "stage").glob("*.damaged-*"))) == (damage != "gone")


def test_a_part_that_was_replaced_since_the_manifest_was_read_is_found(store: StageStore, tmp_path: Path):
    store.refresh("stage", "00", {"a", "b"}, Computer(), SCHEMA)
    reading = store.rows("stage", "00", {"a", "b"})
    [part] = (tmp_path / "stage").glob("*.parquet")
    before = store.manifest("stage", "00")
    StageStore(store.folder).refresh("stage", "00", {"a", "b"}, Computer(), SCHEMA, force=True)
    part.unlink()
    rows = store._rows_of("stage", "00", before, {"a", "b"}, None)
    assert sorted(row["value"] for batch in rows for row in batch.to_pylist()) == ["value of a", "value of b"]
    assert sum(batch.num_rows for batch in reading) == 2


def test_missing_parts_are_told_by_shard(store: StageStore, tmp_path: Path):
    for shard in ("00", "01"):
        store.refresh("stage", shard, {f"of {shard}", "empty"}, Computer(), SCHEMA)
    assert store.missing_parts("stage", ["00", "01", "02"]) == {}
    [part] = (tmp_path / "stage").glob("01-*.parquet")
    part.unlink()
    assert store.missing_parts("stage", ["00", "01", "02"]) == {"01": {part.name}}


@pytest.mark.parametrize("damage", ["{", "[1]", "{}"])
def test_a_damaged_manifest_counts_as_none(store: StageStore, tmp_path: Path, damage: str):
    store.refresh("stage", "00", {"a"}, Computer(), SCHEMA)
    (tmp_path / "stage" / "00.json").write_text(damage)
    compute = Computer()
    store.refresh("stage", "00", {"a"}, compute, SCHEMA)
    assert compute.asked == ["a"]
    assert values(store, "00", {"a"}) == {"a": "value of a"}


def test_a_unit_that_is_not_computed_is_an_error_not_a_gap(store: StageStore):
    with pytest.raises(StageStoreError, match="nothing was computed for"):
        store.refresh("stage", "00", {"a"}, lambda fingerprints: iter(()), SCHEMA)


def _refresh_in_process(folder: str, wanted: set[str]) -> None:
    StageStore(Folder(folder)).refresh("stage", "00", wanted, Computer(), SCHEMA)


def test_two_processes_on_one_shard_lose_nothing(store: StageStore, tmp_path: Path):
    wanted = {f"unit {number}" for number in range(200)}
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_refresh_in_process, args=(str(tmp_path), wanted)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(values(store, "00", wanted)) == 200
    assert len(store.manifest("stage", "00").parts) == 1, "the second process found everything done"


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="a folder that even root cannot write to")
def test_a_folder_that_cannot_be_written_says_what_to_do():
    with pytest.raises(OSError, match="free space or grant write access, then run again: '/sys/listing"):
        Folder("/sys").write("listing.parquet", b"rows")
