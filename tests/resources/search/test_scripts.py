"""Words of scripts that put no spaces between them are found, and words of other languages as well as ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codices.resources.encoders import EncoderOptions
from codices.resources.index.building import build_indexes
from codices.resources.index.releases import cut_release
from codices.resources.index.tables import open_tables
from codices.resources.index.unspaced import unspaced_words
from codices.resources.search import Index, open_index
from codices.resources.search.release_settings import release_settings
from codices.resources.settings.index_options import IndexOptions
from codices.resources.settings.search_options import SearchOptions
from tests.resources.search.conftest import element, write_index
from tests.resources.search.six_languages import LANGUAGES, TOLD_AND_ASKED

WORDS_ALONE = {"text_vector": 0.0, "image_vector": 0.0}


def write_sentences(home: Path) -> None:
    """Every sentence is an element; the vectors say nothing."""
    rows = [
        element(f"{language}/{number}.md", 0, told)
        for language, told_and_asked in TOLD_AND_ASKED.items()
        for number, (told, _) in enumerate(told_and_asked)
    ]
    for row in rows:
        row["text_vector"] = np.eye(1, 384, dtype=np.float32)[0]
    write_index(home, rows, {}, release_settings(EncoderOptions(), SearchOptions()))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    home = tmp_path_factory.mktemp("languages")
    write_sentences(home)
    return open_index(home)


def found(index: Index, query: str, limit: int = 10) -> list[str]:
    return index.search(query, limit=limit, weights=WORDS_ALONE).to_arrow().column("path").to_pylist()


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_in_six_languages_find_their_answers_by_words_alone(index: Index, language: str):
    asked = [question for _, question in TOLD_AND_ASKED[language]]
    right = [f"{language}/{number}.md" in found(index, question) for number, question in enumerate(asked)]
    assert sum(right) / len(right) >= 0.95


def test_a_query_of_two_scripts_finds_what_either_says(index: Index):
    assert {"English/2.md", "Chinese/2.md"} <= set(found(index, "certificate 证书", limit=4))


@pytest.mark.parametrize(("query", "path"), [("夜", "Chinese/1.md"), ('"対象" "管理者"', "Japanese/9.md")])
def test_one_letter_and_a_quoted_word_are_found(index: Index, query: str, path: str):
    assert path in found(index, query)


def test_a_phrase_is_found_inside_a_run_without_spaces(index: Index):
    hits = index.search('"健康检查"', limit=3, weights={**WORDS_ALONE, "bm25": 0.0})
    assert hits.to_arrow().column("path").to_pylist() == ["Chinese/7.md"]
    assert len(index.search('"检查健康"', limit=3, weights={**WORDS_ALONE, "bm25": 0.0})) == 0


def test_only_what_has_no_spaces_stands_apart(index: Index):
    rows = index.elements.to_lance().to_table(["path", "text", "unspaced_text"]).to_pylist()
    apart = {row["path"].split("/")[0] for row in rows if row["unspaced_text"]}
    assert apart == {"Chinese", "Japanese", "Korean", "Thai"}
    assert unspaced_words("v2.1 的负载均衡 (load balancing) 和备份") == "的负载均衡 和备份"


def test_a_home_of_before_gets_these_words_by_itself(tmp_path: Path):
    write_sentences(tmp_path)
    tables = open_tables(tmp_path / "lancedb")
    table = tables.open("elements")
    table.drop_columns(["unspaced_text"])
    for name in ("elements", "documents", "images", "releases"):
        tables.open(name).to_lance().update_schema_metadata({"codices.schema_version": "2"})
    hashes = tables.open("elements").to_lance().to_table(["element_id", "row_hash"])
    cut_release(tables, "before", metrics={}, settings=release_settings(EncoderOptions(), SearchOptions()))
    assert "English/2.md" in found(open_index(tmp_path, "before"), "certificate 证书"), "searched as it was"
    tables.ensure(384, 384)
    assert build_indexes(tables, IndexOptions())["built"] == ["elements.unspaced_text"]
    assert tables.open("elements").to_lance().to_table(["element_id", "row_hash"]) == hashes
    cut_release(tables, "after", metrics={}, settings=release_settings(EncoderOptions(), SearchOptions()))
    assert found(open_index(tmp_path, "after"), "证书更新")[0] == "Chinese/2.md"
