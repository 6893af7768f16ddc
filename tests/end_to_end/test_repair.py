"""Runs cut short while they wrote, rows that somebody changed, records that were lost: the next run mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lancedb
import pyarrow as pa
import pytest

from codices import open_index
from codices.pipelines.run import run_index
from codices.resources.corpus.corpus import shard_of
from codices.resources.index.errors import TableMissing
from codices.resources.search.query.errors import SearchError
from codices.resources.settings.settings import load_settings
from codices.resources.stages.listing import MassDeletionError
from tests.conftest import SHARDS

KILLED_AT_CALL = """
import os, signal, sys
from codices.pipelines.commands.command_line import main
from codices.resources.index.tables import Tables
method, last = sys.argv.pop(1), int(sys.argv.pop(1))
original, calls = getattr(Tables, method), []
def counted(*given, **named):
    calls.append(0)
    if len(calls) == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given, **named)
setattr(Tables, method, counted)
main()
"""


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.md").write_text(f"# Relay {number}\n\nIt keeps the sessions of rack {number}.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


def index(rebuild: bool = False) -> None:
    run_index(load_settings(), rebuild=rebuild)


def killed_at(method: str, call: int, **environment: str) -> None:
    """Run `codices index` and kill it when it calls `Tables.method` for the n-th time."""
    command = [sys.executable, "-c", KILLED_AT_CALL, method, str(call), "index"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, **environment}, check=False)
    assert done.returncode == -9, done.stderr.decode()


def held(home: Path, columns: tuple[str, ...] = ("path", "text")) -> list[tuple[object, ...]]:
    table = lancedb.connect(str(home / "lancedb")).open_table("elements")
    return sorted(tuple(row.values()) for row in table.to_lance().to_table(list(columns)).to_pylist())


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_change_that_was_taken_back_after_a_kill_leaves_no_row(home: Path, corpus: Path, change: str):
    index()
    before, page = held(home), corpus / "3.md"
    original = page.read_text()
    page.write_text("# Draft\n\nNobody should see this.\n") if change == "edited" else page.unlink()
    killed_at("make_durable", 1)
    assert held(home) != before, "it was killed between its commits and its record"
    page.write_text(original)
    index()
    assert held(home) == before


def test_vectors_that_a_killed_change_of_dimension_took_away_come_back(home: Path, corpus: Path):
    index()
    before = held(home, ("path", "row_hash"))
    killed_at("make_durable", 2, CODICES_ENCODERS__TEXT_DIMENSION="96")
    index()
    table = lancedb.connect(str(home / "lancedb")).open_table("elements")
    assert table.schema.field("text_vector").type.list_size == 384
    assert table.count_rows("text_vector IS NULL") == 0
    assert [path for path, _ in held(home, ("path", "row_hash"))] == [path for path, _ in before]


def test_rows_that_somebody_changed_are_written_again_by_rebuild(home: Path, corpus: Path):
    index()
    before = held(home)
    table = lancedb.connect(str(home / "lancedb")).open_table("elements")
    table.update(where="path = '1.md'", values={"text": "tampered"})
    table.update(where="path = '2.md'", values={"text_vector": [0.5] * 384})
    table.add(pa.Table.from_batches(table.to_lance().to_batches(filter="path = '3.md'")))
    table.delete("path = '4.md'")
    assert len(held(home)) == len(before)
    index(rebuild=True)
    assert held(home) == before
    version = table.to_lance().latest_version
    index(rebuild=True)
    assert table.to_lance().latest_version == version, "nothing was wrong, nothing is written"


def read_all(home: Path) -> None:
    """Search, which reads no other table than elements and releases, then what the others have."""
    opened = open_index(home)
    assert opened.search("sessions of rack 3")[0]["path"] == "3.md"
    assert (opened.documents.count_rows(), opened.images.count_rows()) == (8, 0)


@pytest.mark.parametrize("table", ["elements", "releases", "documents", "images"])
def test_a_deleted_table_is_told_alike_and_made_anew_by_rebuild(home: Path, corpus: Path, table: str):
    index()
    before = held(home)
    shutil.rmtree(home / "lancedb" / f"{table}.lance")
    with pytest.raises(TableMissing, match=f"lost its table {table}.*codices index --rebuild") as of_index:
        index()
    with pytest.raises(SearchError) as of_search:
        read_all(home)
    assert str(of_search.value) == str(of_index.value)
    index(rebuild=True)
    assert held(home) == before
    assert open_index(home).search("sessions of rack 3")[0]["path"] == "3.md"


def test_rows_of_a_lost_record_go_with_their_documents(home: Path, corpus: Path):
    lone = corpus / "0.md"
    for path in list(corpus.iterdir()):
        if path != lone and shard_of(path.name, SHARDS) == shard_of(lone.name, SHARDS):
            path.unlink()
    index()
    shutil.rmtree(home / "stages")
    corpus.rename(corpus.with_name("unmounted"))
    corpus.mkdir()
    with pytest.raises(MassDeletionError, match="confirm"):
        index()
    corpus.rmdir()
    corpus.with_name("unmounted").rename(corpus)
    lone.unlink()
    index()
    assert {path for path, _ in held(home)} == {path.name for path in corpus.iterdir()}
