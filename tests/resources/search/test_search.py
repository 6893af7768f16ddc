"""Searches over a real index, with the real models of the embedded profile."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from unstructured.staging.base import elements_from_dicts, elements_to_dicts

from codices import open_index
from codices.resources.encoders import EncoderOptions
from codices.resources.index.releases import cut_release
from codices.resources.index.tables import open_tables
from codices.resources.search import Index, Results
from codices.resources.search.query.errors import SearchError
from codices.resources.search.release_settings import release_settings
from codices.resources.settings.search_options import SearchOptions
from tests.resources.search.conftest import FIGURES, all_elements, element, picture, write_index

Ids = Callable[[Any], list[str]]


def first(results: Results) -> dict[str, Any]:
    return results[0]


def test_words_and_meaning_find_what_they_should(index: Index):
    assert first(index.search("sticky session cookie"))["text"].startswith("Sticky sessions")
    # No word in common but "a"; the vectors know.
    assert first(index.search("renew an SSL cert automatically"))["path"] == "guide/certificates.md"


def test_every_hit_explains_itself(index: Index):
    results = index.search("nightly backups", explain=True)
    legs = first(results)["legs"]
    assert set(legs) == {"bm25", "text_vector"}
    assert legs["bm25"]["rank"] == 1
    assert sum(leg["contribution"] for leg in legs.values()) == pytest.approx(first(results)["score"])
    assert results.explanation["weights"] == {"bm25": 0.75, "text_vector": 0.25}, "keywords, no sentence"
    assert set(results.explanation["legs"]) == {"bm25", "text_vector"}


def test_an_identifier_is_found_to_the_letter(index: Index):
    for query in ("7f3c9a1e-52d4-4c1b-9a57-0f6f0e3d2b11", "7F3C9A1E-52D4-4C1B-9A57-0F6F0E3D2B11"):
        assert "Restoring" in first(index.search(query))["text"]
    hit = first(index.search("ERR_TLS_VERSION"))
    assert hit["path"] == "guide/certificates.md"
    assert hit["legs"]["identifiers"]["rank"] == 1
    assert first(index.search("what does ERR_TLS_VERSION mean"))["legs"]["identifiers"]["rank"] == 1
    assert first(index.search("v4.2.1-rc.3"))["modality"] == "figure"  # it stands in the pixels only


def test_a_quoted_phrase_keeps_its_order(index: Index):
    hit = first(index.search('"bounced address"'))
    assert hit["legs"]["phrases"]["rank"] == 1
    assert "phrases" not in first(index.search('"address bounced"'))["legs"]


def test_a_picture_is_one_hit_with_its_siblings(index: Index):
    results = index.search("overview drawing of clients, gateway and pools", modality="figure")
    assert [hit["source_path"] for hit in results] == list(dict.fromkeys(hit["source_path"] for hit in results))
    best = first(results)
    assert best["path"] == "guide/balancing.md"  # the one with the better words, not the bare file
    assert best["source_path"] == "guide/pool.png"
    assert len(best["siblings"]) == 1


def test_near_duplicates_are_folded_unless_told_otherwise(index: Index, home: Path):
    paths = [hit["path"] for hit in index.search("nightly backups kept for ninety days")]
    assert len({"guide/backup.md", "guide/backup-old.md"} & set(paths[:2])) == 1
    unfolded = open_index(home, search=SearchOptions(fold_near_duplicates=False))
    paths = [hit["path"] for hit in unfolded.search("nightly backups kept for ninety days")]
    assert set(paths[:2]) == {"guide/backup.md", "guide/backup-old.md"}


def test_levels(index: Index):
    documents = [hit["path"] for hit in index.search("certificate", level="document")]
    assert len(documents) == len(set(documents))
    images = index.search("certificate", level="image")
    assert len(images)
    assert all(hit["image_id"] for hit in images)


def test_filters(index: Index):
    assert {hit["modality"] for hit in index.search("limits per plan", modality="table")} == {"table"}
    where = "path like 'guide/b%' and modality = 'text'"
    found = index.search("certificate", where=where)
    assert len(found)
    assert all(hit["path"].startswith("guide/b") for hit in found)
    assert len(index.search("certificate", where="path = 'it''s; not -- there? $1'")) == 0
    assert len(index.search("certificate", where="modality = 'text' and 1 = 1 and caption != text"))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nonsense = 1", "Columns are element_id"),
        ("pages > 'x'", "Columns are"),
        ("1=1; DROP TABLE elements", "semicolons"),
        ("DELETE FROM elements", "DELETE"),
        ("  update elements set text = ''", "UPDATE"),
        ("modality = 'text') OR (1=1", "parentheses"),
        ("modality = 'text", "quotes"),
        ("modality = 'text' -- and so on", "comments"),
        ("", "empty"),
        ("path = ?", "placeholders"),
        ("path = $1", "placeholders"),
        ('modality = "text"', "single quotes"),
        ("modality in ('figure', \"text\")", "single quotes"),
        ('path = "path"', "single quotes"),
        ("modality = \ud800", "cannot be used"),
        ("x" * 30_000, "characters"),
        (f"{'+'.join(['1'] * 9000)} = 1", "40 are allowed"),
        (f"ordinal = 1{' = true' * 60}", "40 are allowed"),
        (f"ordinal between 1 and 2{' between true and false' * 40}", "40 are allowed"),
        (" or ".join(["ordinal = 1"] * 501), "501 conditions .* 500 are allowed"),
        ("length(lpad(path, 2000000000, 'x')) = 1", r"calls lpad\(\); allowed functions are abs, .*upper"),
        ('length("repeat" (path, 2000000000)) = 1', r"calls repeat\(\)"),
        ("length(`repeat`(path, 2000000000)) = 1", r"calls repeat\(\)"),
        ("text || text || text = 'a'", "joins texts"),
        ("array_length([text, text, text]) = 3", "list out of columns"),
        ("path = E'a'", "letters directly before"),
        ("path = $$a$$", "placeholders"),
    ],
)
def test_a_wrong_filter_is_explained(index: Index, where: str, said: str):
    with pytest.raises(SearchError, match=said):
        index.search("certificate", where=where)


def test_a_filter_may_be_long_as_long_as_it_is_cheap(index: Index):
    conditions = " or ".join(f"path = 'guide/page-{number}.md'" for number in range(498))
    nested = f"ordinal{' + 1' * 35} > 0"
    paths = ", ".join(f"'guide/{number}.md'" for number in range(500))
    assert len(index.search("certificate", where=f"{conditions} or path like 'guide/lpad(%' or path like 'guide/b%'"))
    for where in (
        nested,
        f"path not in ({paths})",
        "lower(path) like 'guide/%' and not array_has(identifiers, 'none')",
    ):
        index.search("certificate", where=where)


@pytest.mark.parametrize("query", ["", "   ", "\u200b", "\n\t", "\ud800"])
def test_an_empty_query_is_refused(index: Index, query: str):
    with pytest.raises(SearchError, match="empty"):
        index.search(query)


@pytest.mark.parametrize(
    "query",
    [
        "the of and",
        "a",
        "?!",
        "\x00\x01 backup \x7f",
        "🦄 🐙",
        "\u202ebackup\u202c ﷽ ǅ ß İ",
        "back\u0301up",
        "'; drop table elements; --",
        '"', '""', '"unclosed', "(((", "\\", "%", "* AND OR NOT", "text:backup^2~",
        "backup " * 14_000,
        "x" * 100_000,
        "ERR_TLS_VERSION --tls-min-version v1.2.3 " * 1000,
        '"' + "a b " * 200 + '"',
    ],
)  # fmt: skip
def test_odd_queries_give_sensible_results(index: Index, query: str):
    results = index.search(query)
    assert len(results) <= 10
    assert results.to_arrow().schema == index.search("backup").to_arrow().schema
    json.dumps(results.to_json())


def test_other_arguments_are_checked(index: Index):
    cases: list[tuple[dict[str, Any], str]] = [
        ({"limit": 0}, "limit"),
        ({"modality": "video"}, "text, table, figure"),
        ({"level": "galaxy"}, "element, page, document"),
        ({"weights": {"bm52": 1}}, "bm52"),
        ({"weights": {"bm25": -1}}, "bm25"),
        ({"image": b"no picture"}, "image"),
        ({"image": b""}, "empty"),
        ({"image": "/no/such/file.png"}, "cannot be read"),
        ({"image": 5}, "Pillow"),
        ({"image": np.zeros((2, 2, 7))}, "uint8"),
        *(({"limit": limit}, "whole number") for limit in ("10", 2.5, None, True)),
        *(({"where": where}, "must be text") for where in (5, ["path = 'a'"])),
        ({"weights": [1, 2]}, "mapping"),
    ]
    for arguments, said in cases:
        with pytest.raises(SearchError, match=said):
            index.search("certificate", **arguments)
    assert len(index.search("certificate", limit=np.int64(2))) == 2  # pyright: ignore[reportArgumentType]
    for queries in ("abc", None):
        with pytest.raises(SearchError, match="list of texts"):
            index.search_many(queries)  # pyright: ignore[reportArgumentType]


def test_what_is_opened_is_checked(home: Path):
    for wrong in (None, 5):
        with pytest.raises(SearchError, match="folder or a URL"):
            open_index(wrong)  # pyright: ignore[reportArgumentType]
    for release in (None, date(2026, 1, 1)):
        with pytest.raises(SearchError, match="name or a datetime"):
            open_index(home, release=release)  # pyright: ignore[reportArgumentType]


def test_an_image_as_query(index: Index, tmp_path: Path):
    source, (_, _, words) = next(iter(FIGURES.items()))
    (tmp_path / "query.png").write_bytes(picture(words))
    opened = Image.open(tmp_path / "query.png")
    file = (tmp_path / "query.png", str(tmp_path / "query.png"), io.BytesIO(picture(words)))
    for image in (picture(words), *file, opened, np.asarray(opened)):
        assert first(index.search(image=image))["source_path"] == source
    both = first(index.search("restore drill", image=picture(words)))
    assert {"bm25", "image_vector"} & set(both["legs"])


def test_one_by_one_many_at_once_and_awaited_are_the_same(index: Index, ids_of: Ids):
    queries = ["nightly backup", "load balancer", "ERR_TLS_VERSION"]
    alone = [ids_of(index.search(query)) for query in queries]
    assert [ids_of(results) for results in index.search_many(queries)] == alone

    async def together() -> list[Results]:
        return await asyncio.gather(*(index.search_async(query) for query in queries))

    assert [ids_of(results) for results in asyncio.run(together())] == alone
    assert [ids_of(index.search(query)) for query in queries] == alone


def test_results_are_arrow_pandas_json_and_html(index: Index):
    results = index.search("restore drill screenshot")
    assert pa.table(results).num_rows == len(results)
    frame = results.to_pandas()
    assert list(frame["rank"]) == list(range(1, len(results) + 1))
    document = json.loads(json.dumps(results.to_json()))
    assert set(document["hits"][0]) == {
        "element_id", "path", "modality", "pages", "boxes", "heading_path", "caption", "text", "score", "legs",
        "image_id", "source_path", "siblings",
    }  # fmt: skip
    assert set(document["hits"][0]["legs"]["bm25"]) >= {"rank", "contribution"}
    page = results._repr_html_()
    assert "data:image/webp;base64," in page
    assert "<mark>" in page
    assert "<script>" not in index.search("<script>alert(1)</script> certificate")._repr_html_()


def test_hits_are_elements_that_unstructured_reads(index: Index):
    results = index.search("restore drill screenshot")
    out = results.to_unstructured()
    elements = elements_from_dicts(out)
    assert [(each.id, each.text) for each in elements] == [(hit["element_id"], hit["text"]) for hit in results]
    assert json.loads(json.dumps(elements_to_dicts(elements))) == out
    kinds = {"text": "CompositeElement", "table": "Table", "figure": "Image"}
    assert [each["type"] for each in out] == [kinds[hit["modality"]] for hit in results]
    [picture, *_] = [each.metadata.image_base64 for each in elements if each.metadata.image_base64]
    assert picture is not None
    assert Image.open(io.BytesIO(base64.b64decode(picture))).size == (320, 180)


def test_a_leg_can_be_switched_off(index: Index):
    only_words = index.search("sticky session", weights={"text_vector": 0})
    assert all(set(hit["legs"]) == {"bm25"} for hit in only_words)


def test_settings_go_over_those_of_the_release_one_by_one(home: Path, tmp_path: Path):
    rows = [
        {**element("guide/a.md", 0, "backup"), "text_vector": np.eye(384, dtype=np.float32)[0], "image_vector": None}
    ]
    cut_with = SearchOptions(depth=7, fusion="rrf")
    write_index(tmp_path, rows, {}, release_settings(EncoderOptions(), cut_with))
    assert open_index(tmp_path).options == cut_with
    options = open_index(tmp_path, search=SearchOptions(fusion="auto", k=5)).options
    assert (options.depth, options.fusion, options.k) == (7, "auto", 5)


def test_missing_index_and_release_are_named(home: Path, tmp_path: Path):
    with pytest.raises(SearchError, match="codices index"):
        open_index(tmp_path / "nowhere")
    with pytest.raises(SearchError, match="first"):
        open_index(home, release="no-such-release")
    assert open_index(home / "lancedb", release="first").release == "first"


def test_another_model_than_the_releases_is_refused(tmp_path: Path):
    settings = release_settings(EncoderOptions(), SearchOptions())
    settings["digests"]["text_vector"] = "0" * 64
    row = {**element("guide/a.md", 0, "backup"), "text_vector": np.eye(384, dtype=np.float32)[0], "image_vector": None}
    write_index(tmp_path, [row], {}, settings)
    with pytest.raises(SearchError, match="another model"):
        open_index(tmp_path).search("backup")
    # Without the leg that needs the model, words still search.
    assert len(open_index(tmp_path).search("backup", weights={"text_vector": 0})) == 1


def test_an_index_whose_vectors_are_gone_still_finds_words(tmp_path: Path):
    """As a change of encoder leaves it until its next run: the columns are there, and empty."""
    rows = [row for row in all_elements()[0] if row["modality"] == "text"]
    rows = [{**row, "text_vector": np.eye(384, dtype=np.float32)[0], "image_vector": None} for row in rows]
    settings = release_settings(EncoderOptions(), SearchOptions())
    write_index(tmp_path, rows, {}, settings)
    tables = open_tables(tmp_path / "lancedb")
    tables.ensure(text_dimension=128, image_dimension=128)
    cut_release(tables, "without-vectors", metrics={}, settings=settings)
    index = open_index(tmp_path)
    assert set(first(index.search("sticky session"))["legs"]) == {"bm25"}
    with pytest.raises(SearchError, match="no picture"):
        index.search(image=picture("anything"))
