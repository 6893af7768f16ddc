"""Without judged queries the corpus itself is asked, once, and again only after it has grown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codices.pipelines.run import run_index
from codices.resources.search import open_index
from codices.resources.settings.settings import load_settings

PARTS = ("gateway", "relay", "broker", "exporter", "planner")
ACTS = ("restart", "widen", "pause", "inspect", "rebuild", "detach")


def test_a_corpus_without_judged_queries_is_asked_itself(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for part in PARTS:
        for act in ACTS:
            words = f"Before you {act} it, look at the sessions that the {part} holds, and tell its clients."
            (corpus / f"{part}-{act}.md").write_text(f"# How to {act} a {part}\n\n{words}\n")
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    run_index(load_settings())
    learnt = open_index(home).settings["calibration"]
    assert learnt["source"] == "corpus"
    assert learnt["queries"] == len(PARTS) * len(ACTS)
    assert 0 < learnt["legs"]["bm25"] <= 1, "each leg's own quality is told"
    assert learnt["gap"] is None, "there is no picture"

    (corpus / "one-more.md").write_text("# How to read this\n\nFrom the beginning.\n")
    run_index(load_settings())
    assert json.loads((home / "stages/calibration.json").read_text())["corpus"]["elements"] == 30, "not asked again"
    for number in range(20):
        (corpus / f"more-{number}.md").write_text(f"# Log of day {number}\n\nNothing happened on day {number}.\n")
    run_index(load_settings())
    assert json.loads((home / "stages/calibration.json").read_text())["corpus"]["elements"] > 40
