"""A plan against the run that follows it, stage by stage, without Dagster."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from codices.resources.home.home import open_home
from codices.resources.reports.freshness import freshness
from codices.resources.reports.plan import Plan, make_plan
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.index_rows import refresh_index_rows
from codices.resources.stages.listing import MassDeletionError, take_listing
from codices.resources.stages.order import STAGES
from codices.resources.stages.releasing import build_search_indexes, cut
from codices.resources.stages.workspace import Workspace
from codices.resources.workers.isolation import kept_workers
from tests.conftest import EXAMPLES

BY_WORK = {stage.work: stage for stage in STAGES}
LOADED: dict[str, Any] = {}  # the models, once for all of this file


@pytest.fixture
def corpus(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six notes, and a folder with two pages, each with a picture."""
    folder = tmp_path / "corpus"
    (folder / "pages").mkdir(parents=True)
    for number in range(6):
        words = f"The relay number {number} keeps its sessions. " * 20
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\n{words}\n")
    for name in ("architecture", "relay-memory"):
        shutil.copy(EXAMPLES / f"corpus/guide/images/{name}.png", folder / "pages")
        (folder / f"pages/{name}.md").write_text(f"# About {name}\n\n![How it is built]({name}.png)\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    monkeypatch.setenv("CODICES_EXTRACTION__WORKERS", "1")
    return folder


def opened(force: bool = False) -> Workspace:
    settings = load_settings()
    workspace = Workspace(settings, open_home(settings), force=force)
    take_listing(workspace)
    key = settings.encoders.model_dump_json()
    workspace.__dict__.update(LOADED.get(key, {}))
    LOADED[key] = {"text_encoder": workspace.text_encoder, "image_encoder": workspace.image_encoder}
    return workspace


def run(force: bool = False, away: Path | None = None) -> tuple[Plan, dict[str, int]]:
    """The plan, and the units that its shards then computed. `away`: the corpus, gone while it is parsed."""
    workspace = opened(force)
    plan = make_plan(workspace)
    done = dict.fromkeys([*BY_WORK, "index rows"], 0)
    with kept_workers():
        for shard in plan.stale:
            refresh_documents(workspace, shard)
        if away is not None:
            away.rename(away.parent / "away")
        for work, stage in BY_WORK.items():
            for shard in plan.stale:
                done[work] += stage.refresh(workspace, shard).computed
            if away is not None and not away.exists():
                (away.parent / "away").rename(away)
    for shard in plan.stale:
        written = refresh_index_rows(workspace, shard)
        done["index rows"] += written.documents_indexed + written.documents_failed + written.documents_removed
    return plan, {stage: units for stage, units in done.items() if units}


def known(plan: Plan) -> dict[str, int]:
    return {stage: units for stage, units in plan.compute.items() if units}


def foretold(plan: Plan) -> dict[str, int]:
    units = {stage: known + plan.estimated.get(stage, 0) for stage, known in plan.compute.items()}
    return {stage: count for stage, count in units.items() if count}


def test_a_plan_foretells_what_the_run_computes(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    plan, done = run()
    assert plan.documents["new"] == 10
    assert plan.estimated["extraction"] == done["extraction"] == 10
    plan, done = run()
    assert plan.stale == []

    monkeypatch.setenv("CODICES_ENCODERS__TEXT_DIMENSION", "64")
    plan, done = run()
    assert foretold(plan) == done
    assert done["text vectors"] >= 10
    monkeypatch.setenv("CODICES_ENCODERS__IMAGE_DIMENSION", "64")
    plan, done = run()
    assert known(plan) == done
    assert set(done) == {"image vectors", "index rows"}

    monkeypatch.setenv("CODICES_ELEMENTS__MAX_TOKENS", "32")
    plan, done = run()
    assert plan.estimated["text vectors"] >= 10
    assert known(plan) == {stage: done[stage] for stage in ("elements", "index rows")}
    assert "text vectors" in done
    monkeypatch.delenv("CODICES_ELEMENTS__MAX_TOKENS")
    plan, done = run()
    assert known(plan) == done == {"index rows": 10}, "what was there before is taken back"

    monkeypatch.setenv("CODICES_EXTRACTION__MAX_FIGURES", "999")
    plan, done = run()
    assert done == {"extraction": 10, "elements": 10, "index rows": 10}
    assert all(foretold(plan)[stage] >= units for stage, units in done.items())
    assert {"ocr", "text vectors"} <= plan.estimated.keys(), "whether the same comes out is not known before"

    plan, done = run(force=True)
    assert known(plan) == done
    assert set(done) == {*BY_WORK, "index rows"}
    assert freshness(opened(force=True)).stale_shards == 0, "a run that was forced left nothing to do"


def test_a_renamed_folder_is_not_taken_for_deletions_and_planned_as_moved(corpus: Path):
    run()
    (corpus / "pages").rename(corpus / "about")
    plan, done = run()
    assert plan.documents == {"new": 0, "changed": 0, "moved": 4, "same": 6, "failed": 0, "gone": 0}
    assert known(plan) == {"elements": 4, "index rows": 8}, "under their new names; the old ones go"
    assert not plan.estimated
    assert done["elements"] == 4
    assert not {"ocr", "text vectors", "image vectors"} & done.keys()
    os.utime(corpus / "about/architecture.md")
    (corpus / "about").rename(corpus / "other")
    shutil.rmtree(corpus / "other")
    with pytest.raises(MassDeletionError, match="misses 4 of 10"):
        take_listing(opened())


def test_what_could_not_be_read_is_planned_on_every_run_until_it_can(corpus: Path):
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    run()
    workspace = opened()
    build_search_indexes(workspace)
    assert cut(workspace)[1] == []
    for number in range(2):
        (corpus / f"note-{number}.md").write_text(f"# Note {number}\n\nThe ballast was rebuilt.\n")
    run(away=corpus)
    [reason] = cut(opened())[1]
    assert "2 of 10 documents" in reason

    plan, done = run()
    assert plan.documents == {"new": 0, "changed": 0, "moved": 0, "same": 8, "failed": 3, "gone": 0}
    assert known(plan)["extraction"] == 2, "not the one that is broken"
    assert done["index rows"] >= 2
    assert cut(opened())[1] == []
    plan, done = run()
    assert (plan.stale, plan.documents["failed"]) == ([], 1)
