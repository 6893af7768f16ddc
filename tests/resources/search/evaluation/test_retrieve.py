from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from codices.resources.search import Index
from codices.resources.search.evaluation.metrics import measured
from codices.resources.search.evaluation.report import html_report, markdown_preview
from codices.resources.search.evaluation.retrieve import (
    RANKED,
    QueryRow,
    judged_modalities,
    read_judgements,
    read_queries,
    retrieve_queries,
    write_run,
)
from codices.resources.search.query.errors import SearchError

QUERIES = [
    QueryRow("q1", "overview drawing of the gateway and its pools", "figure"),
    QueryRow("q2", "nightly backups", "text"),
    QueryRow("empty", "  "),
    QueryRow("limits", "limits per plan", modality="table"),
]
JUDGED = {"q1": {"guide/pool.png": 1}, "q2": {"guide/backup.md": 1, "guide/nowhere.md": 1}}


@pytest.fixture(scope="module")
def ranked(index: Index) -> pa.Table:
    return retrieve_queries(index, QUERIES, level="source", limit=20)


def rows_of(ranked: pa.Table, query: str) -> list[dict[str, object]]:
    return [row for row in ranked.to_pylist() if row["query_id"] == query]


def test_a_source_is_a_figures_file_or_the_document_each_once(ranked: pa.Table):
    ids = [row["id"] for row in rows_of(ranked, "q1")]
    assert ids[0] == "guide/pool.png"
    assert len(ids) == len(set(ids))
    assert "guide/balancing.md" in ids
    assert [row["rank"] for row in rows_of(ranked, "q1")] == list(range(1, len(ids) + 1))
    assert rows_of(ranked, "empty") == []
    assert {row["modality"] for row in rows_of(ranked, "limits")} == {"table"}


def test_the_same_hits_as_search(index: Index):
    found = retrieve_queries(index, QUERIES[:1], level="document", limit=5)
    searched = index.search(QUERIES[0].text, level="document", limit=5)
    assert found.column("id").to_pylist() == [hit["path"] for hit in searched]


def test_a_run_is_tab_separated_and_its_scores_fall(ranked: pa.Table, tmp_path: Path):
    write_run(ranked, tmp_path / "new" / "run.trec", tag="test")
    lines = [line.split("\t") for line in (tmp_path / "new" / "run.trec").read_text().splitlines()]
    assert all(len(line) == 6 and line[1] == "Q0" and line[5] == "test" for line in lines)
    scores = [float(line[4]) for line in lines if line[0] == "q1"]
    assert all(later < earlier for earlier, later in pairwise(scores))


def test_odd_ids_and_equal_scores_keep_a_run_readable(tmp_path: Path):
    row = {"query_id": "q\tu\n", "score": 0.5, "element_id": "e", "modality": "text", "legs": []}
    ids = {"a b\tc\n.md": 0.5, "same score": 0.5, "nothing": 0.0, "nothing either": 0.0}
    rows = [{**row, "rank": rank, "id": key, "score": score} for rank, (key, score) in enumerate(ids.items(), 1)]
    write_run(pa.Table.from_pylist(rows, schema=RANKED), tmp_path / "run")
    assert (tmp_path / "run").read_text().splitlines() == [
        "q%09u%0A\tQ0\ta b%09c%0A.md\t1\t0.500000001\tcodices",
        "q%09u%0A\tQ0\tsame score\t2\t0.500000000\tcodices",
        "q%09u%0A\tQ0\tnothing\t3\t0.000000001\tcodices",
        "q%09u%0A\tQ0\tnothing either\t4\t0.000000000\tcodices",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no queries"),
        ("not json", "line 1"),
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', "line 2.*twice"),
        ('{"id": "a"}', "text"),
        ('{"id": "a", "text": "x", "modality": "video"}', "video"),
        ("[1]", "object"),
        ('{"id": "a", "text": "x"}\n{"id": "b", "text": "x", "type": 3}', 'line 2.*"type"'),
        ('{"id": "a", "text": "x", "modality": ["text"]}', 'line 1.*"modality"'),
        ('{"id": true, "text": "x"}', 'line 1.*"id"'),
        ('{"id": "\\ud800", "text": "x"}', 'line 1.*"id".*surrogate'),
    ],
)
def test_a_wrong_query_file_is_explained(tmp_path: Path, content: str, said: str):
    (tmp_path / "queries.jsonl").write_text(content)
    with pytest.raises(SearchError, match=said):
        read_queries(tmp_path / "queries.jsonl")


def test_files_that_are_not_there_and_wrong_judgements_are_explained(tmp_path: Path):
    with pytest.raises(SearchError, match=r"queries\.jsonl"):
        read_queries(tmp_path / "queries.jsonl")
    (tmp_path / "qrels").write_text("q1 0 a.md 1\nq1 a.md\n")
    with pytest.raises(SearchError, match="line 2"):
        read_judgements(tmp_path / "qrels")
    (tmp_path / "qrels").write_text("q1\t0\ta path.md\t2\n")
    assert read_judgements(tmp_path / "qrels") == {"q1": {"a path.md": 2}}


def test_the_modality_of_what_was_judged_is_that_of_the_table_found_or_not(index: Index):
    judged = {"q1": {"guide/pool.png": 1}, "q2": {"guide/backup.md": 1, "nowhere": 1}, "q3": {"tables/limits.md": 1}}
    known = judged_modalities(index, judged, "source")
    assert known == {"guide/pool.png": "figure", "guide/backup.md": "text", "tables/limits.md": "table"}
    figure = index.search("drawing of pools", modality="figure", limit=1)[0]
    assert judged_modalities(index, {"q": {figure["element_id"]: 1}}, "element") == {figure["element_id"]: "figure"}
    queries = [QueryRow(name, "no such thing") for name in judged]
    found = measured(RANKED.empty_table(), queries, judged, modalities=known)["by_modality"]
    assert {name: values["n"] for name, values in found.items()} == {"figure": 1, "table": 1, "text": 1}


def test_the_report_shows_hits_pictures_and_what_was_missed(index: Index, ranked: pa.Table):
    measures = measured(ranked, QUERIES, JUDGED)
    page = html_report(index, QUERIES, ranked, judgements=JUDGED, measures=measures)
    assert "<img" in page
    assert "<mark>" in page
    assert "guide/nowhere.md" in page
    assert "nothing found" in page
    assert "Retrieval of release first" in page
    assert "relevant: figure" in page
    assert "First ten hits: figure" in page
    assert f"{measures['all']['nDCG@10']:.3f}" in page


def test_the_report_names_elements_by_their_path_and_what_a_hit_stands_for(index: Index):
    by_page = retrieve_queries(index, QUERIES[:1], level="page", limit=5)
    assert "more of the same hit" in html_report(index, QUERIES[:1], by_page)
    by_element = retrieve_queries(index, QUERIES[:1], limit=5)
    first = by_element.to_pylist()[0]
    assert first["siblings"], "the picture stands in a page, and is a file"
    page = html_report(index, QUERIES[:1], by_element)
    assert first["element_id"] not in page
    assert "guide/balancing.md" in page
    assert "guide/balancing.md" in markdown_preview(index, QUERIES[:1], by_element).replace("\\", "")


def test_the_preview_shows_thumbnails_and_keeps_odd_words_in_their_cells(index: Index):
    queries = [*QUERIES, QueryRow("odd", "nightly | <b>backups</b>\n*all*")]
    lines = markdown_preview(index, queries, retrieve_queries(index, queries, level="source", limit=5)).splitlines()
    first = next(line for line in lines if "drawing of the gateway" in line)
    assert "(data:image/webp;base64," in first
    assert lines[0].startswith("fusion rrf, k "), "how the scores came about"
    assert r"| figure | guide\/pool\.png | 0." in first
    assert r"bm25 \#1 \(0\." in first, "rank and contribution in each leg"
    assert any(line.startswith(r"| nightly \| \<b\>backups\<\/b\> \*all\* | 1 |") for line in lines)
