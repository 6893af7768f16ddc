"""One line for every document that failed or took long, and none for the others."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest

from codices.resources.corpus.corpus import shard_of
from tests.conftest import SHARDS, codices_here

CUT, EMPTY, OUTSIDE = "cut off.pdf", "empty.md", "outside.md"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(4):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe belt moves {number} crates.\n")
    (folder / EMPTY).touch()
    (folder / CUT).write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n")
    (folder / OUTSIDE).symlink_to("/etc/hostname")
    return folder


def test_lines_name_run_shard_path_stage_kind_and_seconds_and_the_run_tells_who_asked(home: Path, corpus: Path):
    file = corpus.parent / "documents.log"
    done = codices_here(
        "index", corpus, "--home", home, "--shards", str(SHARDS), "--log-format", "json", "--json",
        CODICES_LOGGING__FILE=str(file), CODICES_LOGGING__SLOW_SECONDS="0.000001", CODICES_WHY="job retry_failed",
    )  # fmt: skip
    assert done.status == 0, done.err
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    failed = {line["path"]: line for line in lines if line["event"] == "failed"}
    assert {path: (line["stage"], line["kind"]) for path, line in failed.items()} == {
        CUT: ("extraction", "truncated"),
        EMPTY: ("extraction", "empty_file"),
        OUTSIDE: ("listing", "link_leaves_root"),
    }
    assert {line["run"] for line in lines} == {done.json["run_id"]}
    assert {path: line["shard"] for path, line in failed.items()} == {path: shard_of(path, SHARDS) for path in failed}
    assert failed[CUT]["seconds"] > 0
    assert failed[CUT]["level"] == "warning"
    slow = [line for line in lines if line["event"] == "slow"]
    assert {line["path"] for line in slow} == {f"note-{number}.md" for number in range(4)}
    assert all(line["seconds"] > 0 and line["stage"] == "extraction" for line in slow)

    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        run = instance.get_run_by_id(done.json["run_id"])
    assert run is not None
    assert run.remote_job_origin is not None, "else the UI shows it neither under its job nor in the timeline"
    assert run.remote_job_origin.location_name == "codices"
    assert run.job_name == "index"
    assert run.tags["codices/why"] == "job retry_failed"
    assert run.tags["codices/corpus"] == str(corpus)
    assert run.tags["codices/documents"] == "7 new"
    assert "@" in run.tags["codices/who"]

    (corpus / "note-0.md").write_bytes(b"")
    again = codices_here("index", "--home", home)
    told = [line for line in again.err.splitlines() if line.startswith("failed ")]
    assert [line.partition(" run=")[0] for line in told] == [
        "failed path=note-0.md stage=extraction kind=empty_file"
    ], "what failed now, though a file of the same content was parsed before; as text, on standard error"
    assert not [line for line in again.err.splitlines() if line.startswith("slow ")]


def test_a_log_file_that_cannot_be_written_stops_the_command_before_the_run(home: Path, corpus: Path):
    done = codices_here("index", corpus, "--home", home, CODICES_LOGGING__FILE=str(corpus / "none/x.log"))
    assert done.status == 1
    assert "none/x.log" in done.err
