"""Files of the home that vanish or rot: a run makes them anew by itself, and nothing else; rows are as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import lancedb
import pytest

from codices.pipelines.run import run_index
from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from codices.resources.stages.healing import healed
from codices.resources.stages.workspace import Workspace
from codices.resources.store import stage_store as store_module
from tests.conftest import SHARDS


@pytest.fixture
def corpus(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.md").write_text(f"# Relay {number}\n\nIt keeps the sessions of rack {number}.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    monkeypatch.setattr(store_module, "WAITS_SECONDS", (0.0, 0.0))
    return folder


def index() -> None:
    run_index(load_settings())


def held(home: Path) -> list[tuple[str, str]]:
    table = lancedb.connect(str(home / "lancedb")).open_table("elements").to_lance().to_table(["path", "row_hash"])
    return sorted(zip(table["path"].to_pylist(), table["row_hash"].to_pylist(), strict=True))


def test_lost_parts_are_computed_again_within_the_run_that_needs_them(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    index()
    before = held(home)
    extractions = sorted((home / "stages/extractions").glob("*.parquet"))
    extractions[0].unlink()
    extractions[1].unlink()
    extractions[2].write_bytes(b"rotten")
    monkeypatch.setenv("CODICES_ELEMENTS__MAX_TOKENS", "200")  # every shard's extractions are read again
    index()
    assert held(home) == before
    assert {path.name for path in extractions[3:]} <= {path.name for path in (home / "stages/extractions").iterdir()}
    assert len(list((home / "stages/extractions").glob("*.damaged-*"))) == 1


@pytest.mark.parametrize("name", ["documents/00.parquet", "listing.parquet"])
def test_a_damaged_record_is_made_anew(home: Path, corpus: Path, name: str):
    index()
    before = held(home)
    record = home / "stages" / name
    record.write_bytes(record.read_bytes()[:100])
    (corpus / "more.md").write_text("# More\n\nThere is another rack.\n")
    index()
    assert [row for row in held(home) if row[0] != "more.md"] == before
    assert any(path == "more.md" for path, _ in held(home))


def test_a_record_that_is_damaged_within_a_run_is_made_anew(home: Path, corpus: Path):
    index()
    settings = load_settings()
    workspace = Workspace(settings, open_home(settings))
    shard = workspace.home.shard_keys[SHARDS - 1]
    before = [replace(row, state="same") for row in workspace.records.documents(shard)]
    (home / "stages/documents" / f"{shard}.parquet").write_bytes(b"rotten")
    found = healed(workspace, lambda: workspace.records.documents(shard))
    assert [(row.path, row.content_hash) for row in found] == [(row.path, row.content_hash) for row in before]
