"""Configured queries are run on every release, reported on a page, and guard what readers see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codices.resources.search import open_index
from tests.conftest import SHARDS
from tests.conftest import codices_here as codices


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A corpus with queries and judgements beside its codices.toml."""
    docs = tmp_path / "docs"
    docs.mkdir()
    names = ("relay", "ledger", "sluice", "buoy", "harbour", "anchor")
    for name in names:
        (docs / f"{name}.md").write_text(f"# The {name}\n\nHow the {name} is started, stopped and watched.\n")
    (tmp_path / "queries.jsonl").write_text(
        "".join(json.dumps({"id": name, "text": f"start the {name}", "type": "text"}) + "\n" for name in names)
    )
    (tmp_path / "qrels.tsv").write_text("".join(f"{name}\t0\t{name}.md\t1\n" for name in names))
    (tmp_path / "codices.toml").write_text(
        f'corpus = "docs"\nhome = "home"\nshards = {SHARDS}\n'
        '[retrieval]\nqueries = "queries.jsonl"\njudgements = "qrels.tsv"\n'
    )
    return tmp_path


def test_a_release_that_answers_worse_is_kept_but_readers_stay_with_the_last(project: Path):
    first = codices("index", "--json", cwd=project)
    assert first.status == 0, first.err
    good = first.json["release"]
    [release] = codices("releases", "--json", cwd=project).json
    assert release["metrics"]["retrieval"]["nDCG@10"] == 1.0
    report = (project / "home" / "retrieval.html").read_text()
    assert "start the sluice" in report

    with (project / "queries.jsonl").open("a") as queries, (project / "qrels.tsv").open("a") as judgements:
        queries.write(json.dumps({"id": "late", "text": "watch the buoy"}) + "\n")
        judgements.write("late\t0\tbuoy.md\t1\n")
    more = codices("index", "--json", cwd=project)
    assert more.status == 0, more.err
    good = more.json["release"]
    newest = codices("releases", "--json", cwd=project).json[0]
    assert newest["metrics"]["retrieval"]["queries"] == 7, "changed query files are run at once"
    assert newest["metrics"]["retrieval"]["change"] is None, "measured on other queries than the last"
    assert "watch the buoy" in (project / "home" / "retrieval.html").read_text()

    for name in ("relay", "ledger", "sluice"):
        (project / "docs" / f"{name}.md").write_text("# Moved\n\nThis page has moved to another place.\n")
    worse = codices("index", "--json", cwd=project)
    assert worse.status == 0, worse.err
    assert worse.json["release"] == good, "readers see what they saw"
    assert "nDCG@10 fell" in worse.json["notes"][0]
    candidate = next(each for each in codices("releases", "--json", cwd=project).json if not each["latest"])
    assert codices("index", "--json", cwd=project).json["notes"] == [], "the same candidate is not cut twice"
    assert len(codices("releases", "--json", cwd=project).json) == 3

    changed = codices("releases", "diff", good, candidate["name"], "--json", cwd=project).json
    assert changed["changed"] == ["ledger.md", "relay.md", "sluice.md"]
    assert codices("releases", "promote", candidate["name"], cwd=project).status == 0
    assert codices("search", "moved", "--json", cwd=project).json["release"] == candidate["name"]
    assert codices("releases", "promote", good, cwd=project).status == 0
    assert codices("search", "sluice", "--limit", "1", "--json", cwd=project).json["hits"][0]["path"] == "sluice.md"
    assert codices("releases", "promote", "no-such-release", cwd=project).status == 1


def test_judgements_of_another_corpus_teach_nothing_and_no_release_passes_on_them(project: Path):
    """As many judged queries as a calibration needs, and no answer of theirs is here."""
    names = [f"chapter-{number}" for number in range(24)]
    own = (project / "queries.jsonl").read_text(), (project / "qrels.tsv").read_text()
    (project / "queries.jsonl").write_text(
        "".join(json.dumps({"id": name, "text": f"how is {name} watched"}) + "\n" for name in names)
    )
    (project / "qrels.tsv").write_text("".join(f"{name}\t0\tbook/{name}.pdf\t1\n" for name in names))
    foreign = codices("index", "--json", cwd=project)
    assert foreign.status == 0, foreign.err
    assert foreign.json["release"], "the first release is for readers, with a word about it"
    assert "no judged query finds any of its answers" in foreign.json["notes"][0]
    assert "24 have no answer in the corpus (chapter-0, chapter-1, " in foreign.json["notes"][1]
    learnt = open_index(project / "home").settings["calibration"]
    assert not learnt["adopted"]
    assert learnt["evidence"]["not_in_corpus"] == names

    foreign_files = (project / "queries.jsonl").read_text(), (project / "qrels.tsv").read_text()
    for file, text in zip(("queries.jsonl", "qrels.tsv"), own, strict=True):
        (project / file).write_text(text)
    good = codices("index", "--json", cwd=project).json
    assert good["notes"] == []
    for file, text in zip(("queries.jsonl", "qrels.tsv"), foreign_files, strict=True):
        (project / file).write_text(text)
    worse = codices("index", "--json", cwd=project).json
    assert worse["release"] == good["release"], "quality fell to nothing: readers stay where they are"
    assert "not promoted: no judged query finds" in worse["notes"][0]
