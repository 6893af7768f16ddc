"""Maintenance, checks, and the comparison of releases, over one history of a small index."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from codices.resources.index.building import build_indexes
from codices.resources.index.checks import CHECKS, Check, run_checks, sound_vectors
from codices.resources.index.comparison import diff, reasons_against
from codices.resources.index.full_text import MAX_PARTS, label_lists
from codices.resources.index.maintenance import maintain, table_status
from codices.resources.index.releases import cut_release, find_release, list_releases, open_release
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.index_options import IndexOptions
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images

NOW = IndexOptions(sample=5, clean_up_days=1e-9)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    made = open_tables(tmp_path / "lancedb")
    made.ensure(DIMENSION, DIMENSION)
    fill(made, 30)
    return made


def fill(tables: Tables, number: int, **edited: Any) -> None:
    tables.replace_shard("elements", "00", elements("00", number))
    tables.add_images(images("00", number))
    rows = documents("00", number)
    for column, values in edited.items():
        position = rows.schema.get_field_index(column)
        rows = rows.set_column(position, rows.schema.field(column), pa.array(values, rows.schema.field(column).type))
    tables.replace_shard("documents", "00", rows)


def failed(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if not check.passed}


def test_clean_up_frees_what_no_release_pins_and_breaks_none(tables: Tables) -> None:
    cut_release(tables, "a", metrics={}, settings={})
    for shard in range(1, 21):
        tables.replace_shard("elements", f"{shard:02x}", elements(f"{shard:02x}", 20))
    build_indexes(tables, NOW)
    reader = open_release(tables.uri, "a")
    before = table_status(tables)["elements"]
    assert (before["rows"], before["fragments"]) == (430, 21)

    report = maintain(tables, NOW)
    assert "elements" in report["compacted"]
    assert report["freed_versions"] > 20
    after = table_status(tables)["elements"]
    assert (after["rows"], after["fragments"], after["unindexed"]) == (430, 1, 0)
    assert after["versions"] <= 3
    assert reader.elements.count_rows() == open_release(tables.uri, "a").elements.count_rows() == 30
    assert len(reader.elements.to_arrow().column("text_vector").combine_chunks()) == 30
    hits = tables.open("elements").search("gateway", query_type="fts").limit(500).to_list()
    assert len(hits) == 43

    again = maintain(tables, NOW)
    assert again["compacted"] == []
    assert table_status(tables)["elements"]["version"] == after["version"]


def test_clean_up_goes_through_all_versions_only_when_it_is_due_again(tables: Tables) -> None:
    before = table_status(tables)["elements"]["versions"]
    soon, long_ago = "2999-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"
    not_due = maintain(tables, NOW, soon)
    assert (not_due["freed_versions"], not_due["cleaned_up"]) == (0, soon)
    assert table_status(tables)["elements"]["versions"] == before == len(tables.open("elements").list_versions())
    due = maintain(tables, NOW, long_ago)
    assert due["freed_versions"] > 0
    assert soon > due["cleaned_up"] > long_ago
    assert table_status(tables)["elements"]["versions"] < before


def test_few_new_rows_do_not_have_a_large_fragment_written_again(tables: Tables) -> None:
    tables.replace_shard("elements", "00", elements("00", 20_000))
    maintain(tables, NOW)

    def files() -> list[list[str]]:
        fragments = tables.open("elements").to_lance().get_fragments()
        return [[file.path for file in fragment.data_files()] for fragment in fragments]

    [*_, large] = files()
    for shard in range(1, 21):
        tables.replace_shard("elements", f"{shard:02x}", elements(f"{shard:02x}", 20))
    build_indexes(tables, NOW)
    assert "elements" in maintain(tables, NOW)["compacted"]
    assert large in files()
    assert len(files()) <= 3
    assert tables.open("elements").count_rows() == 20_400


def test_the_commits_of_a_run_leave_one_fragment(tables: Tables) -> None:
    build_indexes(tables, NOW)
    for shard in range(1, 6):
        tables.replace_shard("elements", f"{shard:02x}", elements(f"{shard:02x}", 20))
    assert maintain(tables, NOW)["compacted"] == ["elements"]
    build_indexes(tables, NOW)
    after = table_status(tables)["elements"]
    assert (after["rows"], after["fragments"], after["unindexed"]) == (130, 2, 0)
    assert maintain(tables, NOW)["compacted"] == []


def test_retired_releases_free_their_versions(tables: Tables) -> None:
    for number in range(5):
        fill(tables, 30 - number)
        cut_release(tables, f"r{number}", metrics={}, settings={})
    maintain(tables, IndexOptions(keep_releases=1, keep_days=0, clean_up_days=1e-9))
    assert {release.name for release in list_releases(tables)} == {"r3", "r4"}
    assert open_release(tables.uri).elements.count_rows() == 26


def test_a_sound_index_passes_every_check(tables: Tables) -> None:
    listed = [f"doc-00-{number}" for number in range(6)]
    checks = run_checks(tables, listed=listed, waiting={}, max_failed_share=0.5, metrics=build_indexes(tables, NOW))
    assert failed(checks) == set()
    assert {check.name for check in checks} == set(CHECKS)
    fill(tables, 20)
    tables.remove_orphan_images()
    assert failed(run_checks(tables, listed=listed[:4])) == set()


def test_every_check_fails_for_its_reason(tables: Tables) -> None:
    assert failed(run_checks(tables, listed=[f"doc-00-{number}" for number in range(7)])) == {"documents_accounted_for"}
    assert failed(run_checks(tables, listed=[f"doc-00-{number}" for number in range(5)])) == {"documents_accounted_for"}

    tables.open("documents").update(where="doc_id = 'doc-00-1'", values={"state": "failed", "row_hash": ""})
    assert failed(run_checks(tables, max_failed_share=0.1)) == {"failed_share", "no_orphan_elements"}
    assert failed(run_checks(tables, max_failed_share=0.2)) == {"no_orphan_elements"}
    fill(tables, 30)
    assert failed(run_checks(tables)) == set()

    tables.open("elements").delete("element_id = '00-000004'")
    tables.open("images").delete("image_id = 'image-00-3'")
    assert failed(run_checks(tables)) == {"element_counts_agree", "no_missing_images"}
    tables.replace_shard("elements", "00", elements("00", 30))
    tables.add_images(images("00", 60))
    orphans = next(check for check in run_checks(tables) if not check.passed)
    assert (orphans.name, orphans.metadata["orphans"]) == ("no_orphan_images", 10)
    tables.remove_orphan_images()

    # Past every guard of ours, as other code would: the checks look at the table, not at our word.
    row = tables.open("elements").search().where("element_id = '00-000001'").to_arrow()
    tables.open("elements").add(row, on_bad_vectors="null")
    assert failed(run_checks(tables)) == {"no_duplicate_elements", "element_counts_agree"}
    tables.open("elements").delete("element_id = '00-000001'")
    tables.replace_shard("elements", "00", elements("00", 30))
    twice = np.full((1, DIMENSION), 1.0, np.float32).tolist()[0]
    tables.open("elements").update(where="element_id = '00-000002'", values={"text_vector": twice})
    assert failed(run_checks(tables)) == {"unit_length_text_vector"}


def test_vectors_that_were_found_sound_are_not_read_again(tables: Tables) -> None:
    def read(sound: dict[str, list[str]]) -> dict[str, int]:
        return {c.name: c.metadata["vectors"] for c in run_checks(tables, sound=sound) if "unit_length" in c.name}

    sound = sound_vectors(tables, tables.versions(), run_checks(tables))
    assert read({}) == {"unit_length_text_vector": 30, "unit_length_image_vector": 10}
    assert read(sound) == {"unit_length_text_vector": 0, "unit_length_image_vector": 0}
    tables.replace_shard("elements", "01", elements("01", 6))
    assert read(sound) == {"unit_length_text_vector": 6, "unit_length_image_vector": 2}

    twice = np.full((1, DIMENSION), 1.0, np.float32).tolist()[0]
    tables.open("elements").update(where="element_id = '00-000002'", values={"text_vector": twice})
    found = run_checks(tables, sound=sound)
    assert "unit_length_text_vector" in failed(found)
    assert {*sound_vectors(tables, tables.versions(), found)} == {"image_vector"}, "what failed is read again"

    tables.ensure(DIMENSION * 2, DIMENSION)
    assert "unit_length_text_vector" in failed(run_checks(tables, sound=sound)), "no row has a vector in the new column"


def test_diff_names_documents_and_metrics(tables: Tables) -> None:
    cut_release(tables, "a", metrics={"retrieval": {"nDCG@10": 0.5}, "rows": 3}, settings={})
    hashes = [f"hash-{number}" for number in range(8)]
    hashes[1] = "edited"
    hashes[7] = "hash-0"
    paths = [f"guides/00/{number}.md" for number in range(8)]
    ids = [f"doc-00-{number}" for number in range(8)]
    states = ["indexed"] * 8
    states[2] = "failed"
    fill(tables, 40, content_hash=hashes, state=states)
    keep = [1, 2, 3, 4, 5, 6, 7]
    rows = documents("00", 40).take(keep)
    for column, values in {"content_hash": hashes, "path": paths, "doc_id": ids, "state": states}.items():
        rows = rows.set_column(rows.schema.get_field_index(column), column, pa.array([values[k] for k in keep]))
    tables.replace_shard("documents", "00", rows)
    cut_release(tables, "b", metrics={"retrieval": {"nDCG@10": 0.6}, "rows": 3}, settings={})
    found = diff(tables, "a", "b")
    assert (found.added, found.removed, found.changed) == (["guides/00/6.md"], [], ["guides/00/1.md"])
    assert found.moved == [("guides/00/0.md", "guides/00/7.md")]
    assert found.failed == ["guides/00/2.md"]
    assert found.elements["figure"] == (10, 14)
    assert found.metrics == {"retrieval.nDCG@10": (0.5, 0.6)}
    same = diff(tables, "b", "latest")
    assert [*same.added, *same.removed, *same.changed, *same.metrics] == []


def test_a_worse_candidate_is_not_for_promotion(tables: Tables) -> None:
    good = {"retrieval": {"nDCG@10": 0.5, "queries_digest": "q"}, "index": {"holds": True}}
    latest = cut_release(tables, "a", metrics=good, settings={})

    def reasons(metrics: dict[str, Any], name: str) -> list[str]:
        candidate = cut_release(tables, name, metrics=metrics, settings={}, promote=False)
        return reasons_against(tables, candidate, latest, max_quality_drop=0.02)

    assert reasons({"retrieval": {"nDCG@10": 0.485, "queries_digest": "q"}}, "slightly") == []
    assert "fell from 0.500" in reasons({"retrieval": {"nDCG@10": 0.47, "queries_digest": "q"}}, "worse")[0]
    assert reasons({"retrieval": {"nDCG@10": 0.2, "queries_digest": "other"}}, "other-queries") == []
    assert "recall contract" in reasons({"index": {"holds": False}}, "blind")[0]
    assert reasons_against(tables, latest, None, 0.02) == []
    # Deleted by a person: a tombstone, no loss. Failed with the same bytes: a loss. Failed with others: an edit.
    fill(tables, 25)
    assert reasons({}, "deleted") == []
    states = ["indexed", "failed", "failed", "indexed", "indexed"]
    fill(tables, 25, state=states, content_hash=["hash-0", "hash-1", "new", "hash-3", "hash-4"])
    assert reasons({}, "lost") == [
        "1 of 6 documents of a that nobody deleted are lost: guides/00/1.md; to show readers the rest: "
        "`codices releases promote lost`"
    ]
    tables.open("documents").delete("doc_id = 'doc-00-3'")
    assert "2 of 6 documents of a" in reasons({}, "vanished")[0]
    assert find_release(tables).name == "a"


def test_releases_keep_their_age(tables: Tables) -> None:
    cut_release(tables, "a", metrics={}, settings={})
    report = maintain(tables, IndexOptions(keep_releases=1, keep_days=timedelta(days=1).days))
    assert report["retired"] == []


def test_new_identifiers_are_found_through_parts_a_rebuild_and_a_compaction(tables: Tables) -> None:
    build_indexes(tables, NOW)
    parts = []
    for number in range(2 * MAX_PARTS + 1):
        rows = elements(f"{number:02x}", 3)
        column = pa.array([[f"id-{number}", "every"]] * rows.num_rows, rows.schema.field("identifiers").type)
        position = rows.schema.get_field_index("identifiers")
        tables.replace_shard(
            "elements", f"{number:02x}", rows.set_column(position, rows.schema.field(position), column)
        )
        build_indexes(tables, NOW)
        found = tables.open("elements").to_lance().stats.index_stats("identifiers_label_list")
        assert not found["num_unindexed_rows"]
        parts.append(found["num_indices"])
        assert _holding(tables, f"id-{number}") == 3
        assert _holding(tables, "every") == 3 * (number + 1)
    assert max(parts) == MAX_PARTS
    assert parts[MAX_PARTS] == 1, "built anew instead of joined"
    assert "elements" in maintain(tables, NOW)["compacted"]
    build_indexes(tables, NOW)
    assert label_lists(tables.open("elements"))
    assert (_holding(tables, "every"), _holding(tables, "id-0")) == (3 * (2 * MAX_PARTS + 1), 3)


def _holding(tables: Tables, identifier: str) -> int:
    return tables.open("elements").search().where(f"array_has_any(identifiers, ['{identifier}'])").to_arrow().num_rows
