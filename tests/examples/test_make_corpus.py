"""The example corpus is what its script makes, and its judgements point at files that exist."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pypdfium2
import pytest

from examples.make_corpus import CORPUS, make_corpus

EXAMPLES = CORPUS.parent
# The versions that decide about pixels and bytes; the `examples` extra pins them.
PINNED = {
    "font-source-sans-pro": "0.0.1",
    "fontpkg-ibm-plex-mono": "2.3",
    "openpyxl": "3.1.5",
    "pillow": "13.0.0",
    "pypdfium2": "5.15.2",
    "python-docx": "1.2.0",
    "python-pptx": "1.0.2",
    "reportlab": "5.1.0",
}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return make_corpus()


def committed() -> dict[str, bytes]:
    return {path.relative_to(CORPUS).as_posix(): path.read_bytes() for path in CORPUS.rglob("*") if path.is_file()}


def test_another_process_makes_the_same_bytes(made: dict[str, bytes], tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "examples.make_corpus", str(tmp_path)],
        cwd=EXAMPLES.parent,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu"},
        check=True,
    )
    assert [path for path, data in made.items() if (tmp_path / path).read_bytes() != data] == []


def test_committed_files_are_the_files_of_the_script(made: dict[str, bytes]) -> None:
    there = committed()
    assert set(there) == set(made)
    others = {name: version(name) for name, wanted in PINNED.items() if version(name) != wanted}
    if others:
        pytest.skip(f"bytes are compared with the pinned versions only; here: {others}")
    assert [path for path, data in made.items() if there[path] != data] == []


def test_the_corpus_is_small_and_has_every_kind_of_file() -> None:
    there = committed()
    assert sum(map(len, there.values())) < 5_000_000
    kinds = {Path(path).suffix for path in there}
    assert kinds == {".csv", ".docx", ".eml", ".html", ".md", ".pdf", ".png", ".pptx", ".txt", ".xlsx"}
    documents = [path for path in there if "/images/" not in path]
    assert 20 <= len(documents) <= 30


def test_the_scan_has_no_text_and_the_draft_does_not_open() -> None:
    with pypdfium2.PdfDocument(CORPUS / "pdf/acceptance-report-scan.pdf") as scan:
        assert [page.get_textpage().count_chars() for page in scan] == [0, 0]
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(CORPUS / "pdf/release-notes-5.0-draft.pdf")


def test_every_query_is_judged_and_every_judged_path_exists() -> None:
    queries = [json.loads(line) for line in (EXAMPLES / "queries.jsonl").read_text("utf-8").splitlines()]
    rows = [line.split("\t") for line in (EXAMPLES / "qrels.tsv").read_text("utf-8").splitlines()]
    assert {query["type"] for query in queries} == {"figure", "table", "text", "identifier"}
    assert len({query["id"] for query in queries}) == len(queries)
    assert {query["id"] for query in queries} == {row[0] for row in rows}
    there = committed()
    for _, zero, path, grade in rows:
        assert zero == "0"
        assert path.partition("!/")[0] in there  # an attachment lies in its mail
        assert grade in {"1", "2"}
