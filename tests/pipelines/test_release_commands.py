"""`codices releases` on an index that was made without a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from codices.resources.home.home import open_home
from codices.resources.index.releases import cut_release
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.settings import load_settings
from tests.conftest import codices_here
from tests.resources.index.rows_for_tests import DIMENSION, elements

REASON = "not promoted: nDCG@10 fell from 0.910 (2026-01-31T14-05-09Z) to 0.500; retrieval.max_quality_drop allows 0.02"


@pytest.fixture
def tables(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    monkeypatch.setenv("CODICES_CORPUS", str(tmp_path))
    made = open_tables(open_home(load_settings()).database)
    made.ensure(DIMENSION, DIMENSION)
    made.replace_shard("elements", "00", elements("00", 5))
    return made


def test_names_and_notes_are_whole_on_a_narrow_terminal(home: Path, tables: Tables):
    name = "a-name-that-is-long-for-somebody-who-likes-long-names-very-much-and-uses-them"
    cut_release(tables, "first", metrics={"retrieval": {"nDCG@10": 0.91}}, settings={})
    cut_release(tables, name, metrics={}, settings={}, promote=False, note=REASON)
    printed = codices_here("releases", "--home", home, COLUMNS="60").out
    assert f"{name}: {REASON}" in printed.splitlines()
    assert [line.split()[:2] for line in printed.splitlines() if "0.910" in line and "latest" in line] == [
        ["latest", "first"]
    ]
    assert "…" not in printed


def test_a_home_that_is_none_says_so(tmp_path: Path):
    for command in ("releases", "status"):
        refused = codices_here(command, "--home", tmp_path / "none")
        assert refused.status == 1
        assert f"{tmp_path}/none holds no index; make one with" in refused.err
