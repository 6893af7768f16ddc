"""The command line on the example corpus, as a newcomer and as another program use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import lancedb
import pytest

from tests.conftest import EXAMPLES, SHARDS, codices, codices_here


def versions(home: Path) -> dict[str, int]:
    database = lancedb.connect(str(home / "lancedb"))
    return {name: database.open_table(name).version for name in database.list_tables().tables}


def test_index_says_what_it_did(example_home: Path):
    summary = json.loads((example_home.parent / "first-run.json").read_text())
    files = [path for path in (EXAMPLES / "corpus").rglob("*") if path.is_file()]
    assert set(summary) >= {"release", "documents", "elements", "seconds", "failures"}
    assert summary["documents"]["failed"] == 1
    assert summary["documents"]["indexed"] >= len(files) - 1, "every file but the broken one, and attachments"
    assert all(summary["elements"][modality] > 10 for modality in ("text", "table", "figure"))
    [failure] = summary["failures"]
    assert failure["path"].endswith(".pdf")
    assert failure["stage"] == "extraction"
    assert failure["reason"]


def test_a_second_run_does_no_work_and_says_so(example_home: Path):
    before = versions(example_home)
    again = codices("index", "--home", example_home)
    assert again.status == 0
    assert "Nothing to do" in again.err
    assert "0 indexed" in again.out
    assert versions(example_home) == before
    imported = (
        "import sys\n"
        "from codices.pipelines.commands.command_line import main\n"
        "main(standalone_mode=False)\n"
        "assert not {'dagster', 'lancedb', 'torch'} & set(sys.modules), 'each takes a second or more'\n"
    )
    subprocess.run([sys.executable, "-c", imported, "index", "--home", example_home], check=True, timeout=120)
    forced = codices_here("plan", "--force", "--home", example_home)
    assert "Nothing to do" not in forced.out
    assert "image vectors" in forced.out
    failed = codices_here("plan", "--retry-failed", "--home", example_home, "--json").json
    assert failed["documents"]["failed"] == failed["compute"]["extraction"] == 1


_IMPORTED = """
import sys
from contextlib import suppress
from codices.pipelines.commands.entry import main
with suppress(SystemExit):
    main()
print(*sorted(module for module in sys.modules if "." not in module), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], {"pydantic", "pyarrow", "lancedb", "lance", "dagster"}),
        (["search", "relay memory"], {"dagster"}),
        (["search", "relay memory", "--modality", "figure"], {"dagster"}),
        (["status"], {"dagster"}),
        (["plan", "--force"], {"dagster"}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_only_reads_imports_no_model(example_home: Path, arguments: list[str], without: set[str]):
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *arguments],
        env={**os.environ, "CODICES_HOME": str(example_home)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stderr.splitlines()[-1].split())
    assert "click" in imported, done.stderr
    assert not {"torch", "open_clip", "timm", "transformers", *without} & imported


@pytest.mark.parametrize("kind", ["figure", "table", "text", "identifier"])
def test_every_kind_of_query_finds_what_was_judged(example_home: Path, tmp_path: Path, kind: str):
    queries = [json.loads(line) for line in (EXAMPLES / "queries.jsonl").read_text().splitlines()]
    judged: dict[str, set[str]] = {}
    for line in (EXAMPLES / "qrels.tsv").read_text().splitlines():
        query, _, path, grade = line.split("\t")
        if int(grade) > 0:
            judged.setdefault(query, set()).add(path)
    chosen = [query for query in queries if query["type"] == kind]
    file = tmp_path / "queries.jsonl"
    file.write_text("".join(json.dumps({"id": query["id"], "text": query["text"]}) + "\n" for query in chosen))
    run = tmp_path / "out.trec"
    result = codices_here("retrieve", file, "--run", run, "--level", "source", "--home", example_home)
    assert result.status == 0, result.err
    top: dict[str, list[str]] = {}
    for line in run.read_text().splitlines():
        query, q0, path, rank, score, _tag = line.split("\t")
        assert q0 == "Q0"
        assert float(score) >= 0
        top.setdefault(query, []).append(path)
        assert len(top[query]) == int(rank)
    assert all(len(paths) == len(set(paths)) for paths in top.values()), "each id once"
    found = sum(bool(judged[query["id"]] & set(top.get(query["id"], [])[:5])) for query in chosen)
    assert found >= 0.8 * len(chosen), f"{found} of {len(chosen)} {kind} queries in the first five"


def test_search_prints_one_json_document_with_everything_about_a_hit(example_home: Path):
    result = codices(
        "search", "diagram of the load balancer configuration", "--home", example_home, "--explain", "--json"
    )
    assert result.status == 0, result.err
    answer = result.json
    assert answer["release"]
    assert len(answer["hits"]) == 10
    keys = {
        "element_id", "path", "modality", "pages", "boxes", "heading_path", "caption", "text", "score", "legs",
        "image_id", "source_path", "siblings",
    }  # fmt: skip
    for hit in answer["hits"]:
        assert set(hit) >= keys
        for leg in hit["legs"].values():
            assert leg["rank"] >= 1
            assert leg["contribution"] >= 0
    figures = [hit["source_path"] for hit in answer["hits"] if hit["modality"] == "figure"]
    assert "guide/images/load-balancer-configuration.png" in figures


def test_filters_limit_and_mistakes_in_them(example_home: Path):
    tables = codices_here(
        "search", "ports", "--home", example_home, "--modality", "table", "--limit", "2", "--json"
    ).json
    assert [hit["modality"] for hit in tables["hits"]] == ["table", "table"]
    where = codices_here("search", "ports", "--home", example_home, "--where", "path LIKE 'guide/%'", "--json").json
    assert where["hits"]
    assert all(hit["path"].startswith("guide/") for hit in where["hits"])
    wrong = codices_here("search", "ports", "--home", example_home, "--where", "colour = 'red'")
    assert wrong.status == 1
    assert "colour" in wrong.err
    assert "Traceback" not in wrong.err
    assert codices_here("search", "ports", "--home", example_home, "--modality", "music").status == 2


def test_search_settings_of_this_machine_count_at_once(example_home: Path, tmp_path: Path):
    plain = codices_here("search", "load balancer", "--home", example_home, "--explain", "--json").json
    fused = codices_here(
        "search", "load balancer", "--home", example_home, "--explain", "--json", CODICES_SEARCH__FUSION="convex"
    ).json
    assert (plain["explanation"]["fusion"], fused["explanation"]["fusion"]) == ("rrf", "convex")
    (tmp_path / "codices.toml").write_text("[search.weights]\ntext_vector = 0\n")
    words = codices_here("search", "load balancer", "--home", example_home, "--explain", "--json", cwd=tmp_path).json
    assert set(words["explanation"]["legs"]) == {"bm25"}
    reranked = codices_here("search", "pods", "--home", example_home, CODICES_SEARCH__RERANKER=str(tmp_path))
    assert reranked.status == 1
    assert "config.json" in reranked.err
    (tmp_path / "queries.jsonl").write_text('{"id": "1", "text": "load balancer"}\n')
    retrieve = ("retrieve", tmp_path / "queries.jsonl", "--run", tmp_path / "run", "--home", example_home)
    weightless = codices_here(*retrieve, "--level", "image", CODICES_SEARCH__WEIGHTS='{"bm25": 0, "text_vector": 0}')
    assert weightless.status == 0, weightless.err
    assert (tmp_path / "run").read_text() == ""
    missing = codices_here(*retrieve, "--release", "no-such-release")
    assert "no-such-release" in missing.err


def test_search_explains_itself_on_the_terminal(example_home: Path):
    said = codices_here(
        "search", "diagram of the load balancer", "--level", "document", "--home", example_home, "--explain"
    ).out
    assert "asks for: figure" in said
    assert "rrf: bm25" in said
    assert " ms" in said
    assert "more of the same" in said
    flag = codices_here("search", "--tls-min-version", "--home", example_home)
    assert flag.status == 2
    assert "-- '--tls-min-version'" in flag.err


def test_status_tells_documents_failures_and_releases(example_home: Path):
    status = codices_here("status", "--home", example_home, "--json").json
    assert status["shards"] == SHARDS
    assert status["documents"]["failed"] == 1
    assert status["failures"][0]["kind"]
    assert status["release"] == status["releases"][0]["name"]
    assert "pdf" in codices_here("status", "--home", example_home).out


def test_extract_shows_one_file_and_says_why_not(tmp_path: Path):
    found = codices_here("extract", EXAMPLES / "corpus/html/error-codes.html", "--json").json
    assert found["failure"] is None
    assert found["tables"][0]["cells"][0]
    assert "ERR_UPSTREAM_PINNED" in found["text"]
    empty = tmp_path / "empty.pdf"
    empty.touch()
    failed = codices_here("extract", empty, "--json")
    assert failed.status == 1
    assert failed.json["failure"]["kind"] == "empty_file"


def test_wrong_usage_is_told_from_failure(tmp_path: Path, example_home: Path):
    assert codices_here("index", tmp_path / "missing", "--home", tmp_path / "home").status == 2
    assert codices_here("index", "--home", tmp_path / "home").status == 2, "no corpus was ever named"
    assert codices_here("frobnicate").status == 2
    other = codices_here("index", tmp_path, "--home", example_home)
    assert other.status == 1
    assert "is the index of" in other.err
    shards = codices("index", "--home", example_home, "--shards", "8")
    assert shards.status == 1
    assert f"{SHARDS} shards" in shards.err
    nothing = codices_here("search", "anything", "--home", tmp_path / "home")
    assert nothing.status == 1
    assert "codices index" in nothing.err


def test_settings_come_from_file_and_environment_and_unknown_keys_are_refused(tmp_path: Path):
    (tmp_path / "codices.toml").write_text('corpus = "docs"\ncolour = "red"\n')
    refused = codices_here("plan", cwd=tmp_path)
    assert refused.status == 2
    assert "colour" in refused.err
    (tmp_path / "codices.toml").write_text('corpus = "docs"\nexclude = ["*.log"]\n')
    (tmp_path / "docs").mkdir()
    for name in ("a.md", "b.log", "c.txt"):
        (tmp_path / "docs" / name).write_text("words")
    assert codices_here("plan", "--json", cwd=tmp_path).json["documents"]["new"] == 2
    nothing = codices_here("plan", "--json", cwd=tmp_path, CODICES_EXCLUDE='["*"]')
    assert nothing.status == 1
    assert "none of the 3 files that were seen matches the patterns" in nothing.err
    assert not (tmp_path / ".codices").exists(), "a plan does nothing"
    cron = codices("index", cwd=tmp_path, CODICES_SCHEDULE__CRON="every day")
    assert cron.status == 2
    assert "schedule.cron: 'every day'" in cron.err
    assert "Traceback" not in cron.err


def test_from_python_without_dagster(example_home: Path, tmp_path: Path):
    script = tmp_path / "analysis.py"
    script.write_text(
        "import sys\n"
        "from codices import open_index\n"
        f"results = open_index({str(example_home)!r}).search('load balancer', modality='figure')\n"
        "table = results.to_arrow()\n"
        "assert table.num_rows and set(table['modality'].to_pylist()) == {'figure'}\n"
        "assert len(results.to_pandas()) == table.num_rows\n"
        "assert 'dagster' not in sys.modules\n"
    )
    subprocess.run([sys.executable, str(script)], check=True, timeout=120, cwd=tmp_path)
    elements = lancedb.connect(str(example_home / "lancedb")).open_table("elements")
    assert elements.search().where("modality = 'table'").limit(3).to_arrow().num_rows == 3


def test_a_copied_home_can_be_read(example_home: Path, tmp_path: Path):
    copied = tmp_path / "copied"
    shutil.copytree(example_home / "lancedb", copied / "lancedb")
    assert codices_here("search", "TG-5031", "--home", copied, "--json").json["hits"]


def test_extract_says_which_language_is_missing():
    scan = EXAMPLES / "corpus/pdf/acceptance-report-scan.pdf"
    failed = codices_here("extract", scan, CODICES_OCR__LANGUAGES='["xyz"]')
    assert failed.status == 1
    assert "tesseract-ocr-xyz" in failed.err
    assert "Traceback" not in failed.err
