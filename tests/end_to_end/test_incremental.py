"""What a re-index does after documents or settings changed: what changed is done, nothing else, and nothing is lost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import lancedb
import pytest

from codices.pipelines.run import Summary, plan_index, run_index
from codices.resources.corpus.corpus import shard_of
from codices.resources.home.home import HomeError
from codices.resources.index.errors import TableDamaged, TableMissing
from codices.resources.index.schema import dimension_of
from codices.resources.settings.settings import load_settings
from codices.resources.stages.listing import MassDeletionError
from codices.resources.stages.order import STAGES
from tests.conftest import EXAMPLES, SHARDS, codices_here
from tests.small_scan import write_small_scan


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten notes, a page with a linked picture, and a scanned PDF."""
    folder = tmp_path / "corpus"
    (folder / "images").mkdir(parents=True)
    for name in ("architecture.png", "relay-memory.png"):
        shutil.copy(EXAMPLES / "corpus/guide/images" / name, folder / "images")
    for number in range(10):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe relay number {number} keeps its sessions.\n")
    (folder / "page.md").write_text("# Relay\n\n![How it is built](images/architecture.png)\n")
    write_small_scan(folder / "scan.pdf")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


class Work:
    """Counts what the stages compute, told by their progress."""

    STAGES = frozenset(stage.work for stage in STAGES)

    def __init__(self) -> None:
        self.done: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if done == total and total and stage in self.STAGES:
            self.done[stage] = self.done.get(stage, 0) + total


def run(rebuild: bool = False, retry_failed: bool = False) -> tuple[Summary, dict[str, int]]:
    work = Work()
    return run_index(load_settings(), progress=work, rebuild=rebuild, retry_failed=retry_failed), work.done


def rows(home: Path, table: str = "elements", columns: tuple[str, ...] = ("path", "row_hash")) -> list[tuple[str, ...]]:
    found = lancedb.connect(str(home / "lancedb")).open_table(table).to_lance().to_table(list(columns)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


def upkeep(home: Path) -> dict[str, Any]:
    return json.loads((home / "stages/search_indexes.json").read_text())["upkeep"]


def versions(home: Path) -> dict[str, int]:
    database = lancedb.connect(str(home / "lancedb"))
    return {name: database.open_table(name).version for name in ("elements", "documents", "images", "releases")}


def test_the_life_of_a_corpus(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    first, work = run()
    assert first.documents["failed"] == 0
    assert work["ocr"] > 0

    before = versions(home)
    again, work = run()
    assert work == {}, "nothing changed, nothing is done"
    assert again.documents == {**again.documents, "indexed": 0, "removed": 0}
    assert versions(home) == before

    cleaned_up = upkeep(home)["cleaned_up"]
    (corpus / "note-1.md").write_text("# Note 1\n\nThe ballast was rebuilt.\n")
    (corpus / "note-2.md").unlink()
    edited, work = run()
    assert upkeep(home)["cleaned_up"] == cleaned_up, "that is not due again within hours"
    assert (edited.documents["indexed"], edited.documents["removed"]) == (1, 1)
    assert work == {"extraction": 1, "elements": 1, "text vectors": 1}
    paths = {path for path, _ in rows(home)}
    assert "note-2.md" not in paths
    assert ("gone",) in rows(home, "documents", ("state",)), "a tombstone says that it went"

    (corpus / "moved").mkdir()
    (corpus / "scan.pdf").rename(corpus / "moved/report.pdf")
    moved, work = run()
    assert moved.documents["removed"] == 1
    assert "extraction" not in work, "what was computed from the content is found again"
    assert "ocr" not in work
    assert "moved/report.pdf" in {path for path, _ in rows(home)}

    shutil.copy(EXAMPLES / "corpus/guide/images/relay-memory.png", corpus / "images/architecture.png")
    _, work = run()
    assert work["elements"] == 2, "the picture, and the page that draws it in"

    (corpus / "page.md").write_text("# Relay\n\n![How it is built](images/later.png)\n")
    run()
    shutil.copy(EXAMPLES / "corpus/guide/images/architecture.png", corpus / "images/later.png")
    _, work = run()
    assert work["elements"] == 2, "a picture that appears later is drawn in, too"
    twin = next(f"{n}.md" for n in range(99) if shard_of(f"{n}.md", SHARDS) == shard_of("page.md", SHARDS))
    shutil.copy(corpus / "page.md", corpus / twin)
    run()
    shown = {path: image_id for path, image_id in rows(home, columns=("path", "image_id")) if image_id}
    assert shown[twin] == shown["page.md"], "of two documents with the same content, each has its pictures"
    assert run()[1] == {}

    unseen = corpus / "note-3.md"
    status = unseen.stat()
    unseen.write_text(unseen.read_text().replace("keeps", "loses"))
    os.utime(unseen, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run()[1] == {}, "the same size and time"
    monkeypatch.setenv("CODICES_SAFETY__ALWAYS_HASH", "true")
    _, work = run()
    assert work == {"extraction": 1, "elements": 1, "text vectors": 1}, "the hash tells"
    assert run()[1] == {}

    monkeypatch.setenv("CODICES_OCR__MIN_CONFIDENCE", "60")
    _, work = run()
    assert "extraction" not in work, "the text of born-digital pages is not touched"
    assert work["ocr"] > 0

    monkeypatch.setenv("CODICES_SEARCH__K", "30")
    before = versions(home)
    _, work = run()
    assert work == {}, "a change of fusion touches no row"
    after = versions(home)
    assert after["releases"] > before["releases"], "but readers get a release that was cut with it"
    assert {**after, "releases": 0} == {**before, "releases": 0}


def test_a_listing_that_lost_too_much_stops_before_anything_is_deleted(home: Path, corpus: Path, tmp_path: Path):
    run()
    before = rows(home)
    shutil.move(corpus, tmp_path / "unmounted")
    corpus.mkdir()
    with pytest.raises(MassDeletionError, match="confirm"):
        run()
    assert rows(home) == before
    refused = codices_here("index", "--home", home)
    assert refused.status == 1
    assert "--confirm-deletions" in refused.err
    assert codices_here("search", "relay", "--home", home, "--json").json["hits"], "the last release stays readable"
    assert codices_here("index", "--home", home, "--confirm-deletions").status == 0
    assert rows(home) == []


@pytest.mark.parametrize("changed", ["OCR__MIN_CONFIDENCE", "EXTRACTION__MAX_CELLS"])  # read anew, parsed anew
def test_what_failed_is_done_when_it_is_tried_again(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, changed: str
):
    shutil.copy(corpus / "scan.pdf", corpus / "twin.pdf")  # in another shard: none may take the other's failure
    monkeypatch.setenv("CODICES_SAFETY__MAX_FAILED_SHARE", "1")
    monkeypatch.setenv("CODICES_SAFETY__MAX_LOST_SHARE", "1")
    monkeypatch.setenv(f"CODICES_{changed}", "45")
    run()
    words = ("path", "text")
    before = rows(home, columns=words)
    monkeypatch.setenv(f"CODICES_{changed}", "50")
    monkeypatch.setenv("CODICES_EXTRACTION__TIMEOUT_SECONDS", "0.001")
    run()
    troubled = rows(home, "documents", ("path", "error", "warnings"))
    assert {path for path, error, warnings in troubled if error or warnings} >= {"scan.pdf", "twin.pdf"}
    monkeypatch.delenv("CODICES_EXTRACTION__TIMEOUT_SECONDS")
    assert run()[1] == {}, "time is not part of a fingerprint"
    # A copy in a shard that comes before those of the failures, to which it could turn.
    copy = next(f"{n}.pdf" for n in range(99) if shard_of(f"{n}.pdf", SHARDS) < shard_of("scan.pdf", SHARDS))
    shutil.copy(corpus / "scan.pdf", corpus / copy)
    run(retry_failed=True)
    after = rows(home, columns=words)
    assert [row for row in after if row[0] != copy] == before
    assert [text for path, text in after if path == copy] == [text for path, text in before if path == "twin.pdf"]


def test_a_table_deleted_by_hand_is_noticed_and_written_again(home: Path, corpus: Path):
    first, _ = run()
    before = rows(home)
    shutil.rmtree(home / "lancedb/elements.lance")
    with pytest.raises(TableMissing, match="--rebuild"):
        plan_index(load_settings())
    status = codices_here("status", "--home", home, "--json").json
    assert "--rebuild" in status["problem"]
    assert status["release"] == first.release
    unreadable = codices_here("search", "relay", "--home", home)
    assert (unreadable.status, "codices index" in unreadable.err) == (1, True)

    part = next((home / "stages/elements").glob("*.parquet"))
    part.rename(home / "away")
    rebuilt, work = run(rebuild=True)
    assert set(work) == {"elements"}, "from what was computed; only the part that is lost is computed again"
    assert rows(home) == before
    assert rebuilt.release != first.release, "the first pins a table that is no more"
    listed = codices_here("releases", "--home", home, "--json").json
    assert [each["name"] for each in listed] == [rebuilt.release]
    assert codices_here("search", "relay", "--home", home, "--json").json["hits"]
    now = versions(home)
    for record, damage in zip(sorted((home / "stages/index_rows").glob("*.json")), ('{"a', "[1]"), strict=False):
        record.write_text(damage)
    assert run()[1] == {}
    assert versions(home) == now, "a damaged record is read off the tables"


def test_runs_that_are_killed_are_finished_by_the_next(corpus: Path, tmp_path: Path):
    command = [str(Path(sys.executable).parent / "codices"), "index", str(corpus), "--shards", str(SHARDS), "--home"]
    killed = tmp_path / "killed"
    signals = {"extraction": signal.SIGKILL, "ocr": signal.SIGINT, "elements": signal.SIGKILL}
    for said, sent in signals.items():  # told when the next stage has begun; the last: in a pool of one
        process = subprocess.Popen(
            [*command, str(killed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        assert any(f" {said}: " in line and " done in " in line for line in process.stdout)
        assert ("interrupted" in _stopped_by(sent, process)) == (sent == signal.SIGINT)
    undisturbed = tmp_path / "undisturbed"
    for home in (killed, undisturbed):
        assert codices_here("index", corpus, "--home", home, "--shards", str(SHARDS)).status == 0
    assert rows(killed) == rows(undisturbed)
    assert rows(killed, "images", ("image_id",)) == rows(undisturbed, "images", ("image_id",))


def _stopped_by(sent: signal.Signals, process: subprocess.Popen[str]) -> str:
    """The rest of what it says. Dagster forgets an interrupt that comes between two of its steps: then once more."""
    while True:
        process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)[0]


def test_tables_of_another_home_are_not_written_to(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    run()
    before = rows(home)
    (home / "lancedb").rename(home / "own")
    with monkeypatch.context() as other:
        other.setenv("CODICES_HOME", str(home.parent / "other"))
        run()
    shutil.move(home.parent / "other/lancedb", home / "lancedb")
    foreign = versions(home)
    for rebuild in (False, True):
        with pytest.raises(TableDamaged, match="another home"):
            run(rebuild=rebuild)
    for command in (["search", "relay"], ["status"], ["releases"]):
        refused = codices_here(*command, "--home", home)
        assert (refused.status, "of another home" in refused.err) == (1, True)
    assert versions(home) == foreign
    shutil.move(home / "lancedb", home.parent / "other/lancedb")
    (home / "own").rename(home / "lancedb")
    for name in ("documents", "images"):
        own = home / f"lancedb/{name}.lance"
        own.rename(home / "away")
        shutil.copytree(home.parent / f"other/lancedb/{name}.lance", own)
        with pytest.raises(TableDamaged, match=f"table {name} of another home"):
            run()
        shutil.rmtree(own)
        (home / "away").rename(own)
    (home / "stages").rename(home / "away")
    shutil.copytree(home.parent / "other/stages", home / "stages")
    with pytest.raises(HomeError, match="stages of another home"):
        run()
    shutil.rmtree(home / "stages")
    (home / "away").rename(home / "stages")
    shutil.rmtree(home / "lancedb")
    run(rebuild=True)
    assert rows(home) == before

    record = home / "home.json"
    record.write_text(record.read_text().replace('"version": 1', '"version": 2'))
    for command in (["search", "relay"], ["status"], ["index"]):
        refused = codices_here(*command, "--home", home)
        assert (refused.status, "newer Codices" in refused.err) == (1, True)


def test_shorter_vectors_are_embedded_again_and_searched(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    run()
    monkeypatch.setenv("CODICES_ENCODERS__TEXT_DIMENSION", "96")
    _, work = run()
    assert "extraction" not in work
    assert "image vectors" not in work
    elements = lancedb.connect(str(home / "lancedb")).open_table("elements")
    assert elements.schema.field("text_vector").type.list_size == 96
    assert dimension_of(elements.schema.field("image_vector").type) == 384
    assert codices_here("search", "how many sessions does the relay keep", "--home", home, "--json").json["hits"]
    assert run()[1] == {}
