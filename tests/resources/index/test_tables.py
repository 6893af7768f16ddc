from __future__ import annotations

import multiprocessing
import pickle
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from codices.resources.index.errors import NewerSchema, RowsError, TableDamaged, TableMissing
from codices.resources.index.schema import SCHEMA_VERSION, dimension_of
from codices.resources.index.tables import Tables, open_tables
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    made = open_tables(tmp_path / "lancedb")
    made.ensure(DIMENSION, DIMENSION)
    return made


def test_a_shard_is_replaced_in_one_commit_and_only_where_it_differs(tables: Tables) -> None:
    first = tables.replace_shard("elements", "00", elements("00", 50))
    tables.replace_shard("elements", "01", elements("01", 20))
    assert (first.inserted, first.updated, first.deleted) == (50, 0, 0)

    before = tables.open("elements").version
    again = tables.replace_shard("elements", "00", elements("00", 50))
    assert not again.written
    assert tables.open("elements").version == before == again.version

    changed = tables.replace_shard("elements", "00", elements("00", 40, changed=[7, 8]))
    assert (changed.inserted, changed.updated, changed.deleted) == (0, 2, 10)
    assert tables.open("elements").version == before + 1
    assert tables.open("elements").count_rows("shard = '01'") == 20
    assert tables.open("elements").count_rows("shard = '00' AND text LIKE '%edited'") == 2
    assert tables.open("elements").count_rows("image_vector IS NOT NULL") == 14 + 7

    emptied = tables.replace_shard("elements", "00", elements("00", 0))
    assert emptied.deleted == 40
    assert tables.open("elements").count_rows() == 20


def test_a_reader_of_batches_writes_what_a_table_writes(tables: Tables) -> None:
    rows = elements("00", 5000)
    reader = pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(300))
    assert tables.replace_shard("elements", "00", reader).inserted == 5000
    assert not tables.replace_shard("elements", "00", rows).written


def test_a_fingerprint_stands_for_the_last_bits_of_a_vector(tables: Tables) -> None:
    def computed_from(fingerprint: str, *, noise: float) -> pa.Table:
        rows = elements("00", 10)
        vectors = np.array(rows["text_vector"].to_pylist(), np.float32) + np.float32(noise)
        column = pa.FixedSizeListArray.from_arrays(vectors.ravel(), DIMENSION)
        rows = rows.set_column(rows.schema.get_field_index("text_vector"), "text_vector", column)
        return rows.append_column("fingerprint", pa.array([fingerprint] * 10))

    tables.replace_shard("elements", "00", computed_from("model 1", noise=0))
    assert not tables.replace_shard("elements", "00", computed_from("model 1", noise=1e-7)).written
    assert tables.replace_shard("elements", "00", computed_from("model 2", noise=1e-7)).updated == 10


def test_rows_that_may_not_be_written(tables: Tables) -> None:
    rows = elements("00", 10)
    before = tables.open("elements").version
    twice = pa.concat_tables([rows, rows.slice(3, 1)])
    with pytest.raises(RowsError, match="'00-000003' occurs twice"):
        tables.replace_shard("elements", "00", twice)
    with pytest.raises(RowsError, match="rows of shard 00 among those of 01"):
        tables.replace_shard("elements", "01", rows)
    with pytest.raises(RowsError, match="unknown columns colour"):
        tables.replace_shard("elements", "00", rows.append_column("colour", pa.array(["red"] * 10)))
    songs = rows.set_column(rows.schema.get_field_index("modality"), "modality", pa.array(["song"] * 10))
    with pytest.raises(RowsError, match="modality"):
        tables.replace_shard("elements", "00", songs)
    files = documents("00", 10)
    odd = files.set_column(files.schema.get_field_index("state"), "state", pa.array(["odd"] * 2))
    with pytest.raises(RowsError, match="must be one of indexed, failed, gone, not"):
        tables.replace_shard("documents", "00", odd)
    with pytest.raises(RowsError, match="text_vector is null for element_id '00-000000'"):
        tables.replace_shard("elements", "00", rows.drop_columns(["text_vector"]))
    with pytest.raises(RowsError, match="text_vector must be"):
        tables.replace_shard("elements", "00", elements("00", 10, dimensions=(DIMENSION + 1, DIMENSION)))
    assert tables.open("elements").version == before


@pytest.mark.parametrize("value", [0.0, 2.0, float("nan"), float("inf")])
def test_vectors_of_no_unit_length_are_refused_with_the_element_named(tables: Tables, value: float) -> None:
    rows = elements("00", 6)
    vectors = np.stack(rows.column("text_vector").to_numpy(zero_copy_only=False).tolist())
    vectors[4] *= value
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel().astype(np.float32)), DIMENSION)
    wrong = rows.set_column(rows.schema.get_field_index("text_vector"), "text_vector", flat)
    with pytest.raises(RowsError, match="text_vector of element_id '00-000004' has length"):
        tables.replace_shard("elements", "00", wrong)


def test_documents_that_go_leave_a_tombstone_once(tables: Tables) -> None:
    tables.replace_shard("documents", "00", documents("00", 25))
    gone = tables.replace_shard("documents", "00", documents("00", 15))
    assert (gone.inserted, gone.updated, gone.deleted) == (0, 0, 2)
    rows = tables.open("documents").search().where("state = 'gone'").to_list()
    assert {row["doc_id"] for row in rows} == {"doc-00-3", "doc-00-4"}
    assert all(row["gone_at"] is not None and row["elements"] == 0 for row in rows)
    assert not tables.replace_shard("documents", "00", documents("00", 15)).written
    back = tables.replace_shard("documents", "00", documents("00", 20))
    assert (back.inserted, back.updated, back.deleted) == (0, 1, 0)
    assert tables.open("documents").count_rows("state = 'gone'") == 1


def test_pictures_are_stored_once_and_go_when_nobody_shows_them(tables: Tables) -> None:
    tables.replace_shard("elements", "00", elements("00", 30))
    pictures = images("00", 30)
    assert tables.add_images(pa.concat_tables([pictures, pictures])).inserted == 10
    assert not tables.add_images(pictures).written
    assert tables.missing_images() == set()
    assert not tables.remove_orphan_images().written
    tables.replace_shard("elements", "00", elements("00", 12))
    assert tables.remove_orphan_images().deleted == 6
    assert tables.open("images").count_rows() == 4


def test_another_dimension_empties_the_column_and_rewrites_only_rows_that_had_a_vector(tables: Tables) -> None:
    tables.replace_shard("elements", "00", elements("00", 30))
    old = tables.open("elements").version
    tables.ensure(DIMENSION, 24)
    assert tables.open("elements").count_rows("image_vector IS NULL") == 30
    # Back again before anything was written: the old hashes must not stand for vectors that are gone.
    tables.ensure(DIMENSION, DIMENSION)
    assert tables.replace_shard("elements", "00", elements("00", 30)).updated == 10
    tables.ensure(DIMENSION, 24)
    commit = tables.replace_shard("elements", "00", elements("00", 30, dimensions=(DIMENSION, 24)))
    assert (commit.inserted, commit.updated, commit.deleted) == (0, 10, 0)
    assert tables.open("elements").count_rows("image_vector IS NOT NULL") == 10
    assert dimension_of(tables.open("elements", version=old).schema.field("image_vector").type) == DIMENSION
    version = tables.open("elements").version
    tables.ensure(DIMENSION, 24)
    assert tables.open("elements").version == version


def test_an_older_table_is_migrated_and_a_newer_one_is_refused(tables: Tables) -> None:
    tables.replace_shard("documents", "00", documents("00", 25))
    table = tables.open("documents")
    table.drop_columns(["gone_at"])
    table.to_lance().update_schema_metadata({"codices.schema_version": "0"})
    tables.ensure(DIMENSION, DIMENSION)
    assert tables.open("documents").schema.field("gone_at").type == pa.timestamp("us", tz="UTC")
    assert not tables.replace_shard("documents", "00", documents("00", 25)).written

    tables.open("documents").to_lance().update_schema_metadata({"codices.schema_version": str(SCHEMA_VERSION + 1)})
    with pytest.raises(NewerSchema, match="upgrade Codices"):
        tables.ensure(DIMENSION, DIMENSION)


def test_a_column_of_someone_else_is_named(tables: Tables) -> None:
    tables.open("documents").add_columns({"mine": "1"})
    with pytest.raises(TableDamaged, match="mine"):
        tables.ensure(DIMENSION, DIMENSION)


def test_a_table_deleted_by_hand_stops_the_run_and_a_rebuild_makes_it_anew(tables: Tables) -> None:
    tables.replace_shard("elements", "00", elements("00", 10))
    tables.replace_shard("documents", "00", documents("00", 10))
    shutil.rmtree(Path(tables.uri) / "elements.lance")
    with pytest.raises(TableMissing, match="--rebuild"):
        tables.ensure(DIMENSION, DIMENSION)
    with pytest.raises(TableMissing, match="elements"):
        tables.open("elements")
    tables.ensure(DIMENSION, DIMENSION, rebuild=True)
    assert tables.open("documents").count_rows() == 2
    assert tables.replace_shard("elements", "00", elements("00", 10)).inserted == 10
    tables.ensure(DIMENSION, DIMENSION)


def test_a_crash_while_tables_are_made_is_mended_by_the_next_run(tables: Tables) -> None:
    for name in ("images", "releases"):
        shutil.rmtree(Path(tables.uri) / f"{name}.lance")
    tables.ensure(DIMENSION, DIMENSION)
    assert tables.names() == {"elements", "documents", "images", "releases"}


def test_tables_of_two_homes_are_told_apart(tables: Tables, tmp_path: Path) -> None:
    other = open_tables(tmp_path / "other")
    other.ensure(DIMENSION, DIMENSION)
    shutil.rmtree(Path(tables.uri) / "images.lance")
    shutil.copytree(Path(other.uri) / "images.lance", Path(tables.uri) / "images.lance")
    with pytest.raises(TableDamaged, match="different homes"):
        tables.ensure(DIMENSION, DIMENSION)


def test_a_missing_data_file_is_an_error_that_says_what_to_do(tables: Tables) -> None:
    tables.replace_shard("elements", "00", elements("00", 10))
    for file in (Path(tables.uri) / "elements.lance" / "data").iterdir():
        file.unlink()
    with pytest.raises(TableDamaged, match=r"restore them from a backup"):
        tables.replace_shard("elements", "00", elements("00", 11))


def _write(uri: str, shard: str, seed: int) -> None:
    tables = open_tables(uri)
    for rows in (elements(shard, 200, seed=seed), elements(shard, 150, seed=seed, changed=[3, 4])) * 4:
        tables.replace_shard("elements", shard, rows)
    tables.replace_shard("elements", shard, elements(shard, 200, seed=seed))
    tables.add_images(images(shard, 200))


def test_writers_at_once_lose_nothing_and_double_nothing(tables: Tables) -> None:
    context = multiprocessing.get_context("forkserver")
    jobs = [("00", 0), ("01", 0), ("02", 1), ("02", 2)]
    processes = [context.Process(target=_write, args=(tables.uri, *job)) for job in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    table = tables.open("elements")
    assert table.count_rows() == 600
    assert len(set(table.to_arrow().column("element_id").to_pylist())) == 600
    assert tables.open("images").count_rows() == 3 * 67
    # Shard 02 was written by two at once: it is one writer's, wholly.
    assert not any(tables.replace_shard("elements", shard, elements(shard, 200)).written for shard in ("00", "01"))
    written = table.to_lance().to_table(filter="shard = '02'").sort_by("element_id")
    vectors = np.stack(written.column("text_vector").to_pylist()).astype(np.float32)
    candidates = [
        np.stack(elements("02", 200, seed=seed).column("text_vector").to_pylist()).astype(np.float32) for seed in (1, 2)
    ]
    assert any(np.array_equal(vectors, candidate) for candidate in candidates)


def test_rows_that_go_do_so_in_the_commit_of_those_that_come(tables: Tables) -> None:
    for shard in ("00", "01"):
        tables.replace_shard("elements", shard, elements(shard, 60))
    before = tables.open("elements").version
    commit = tables.replace_shard("elements", "00", elements("00", 40, changed=[3, 39]))
    assert (commit.inserted, commit.updated, commit.deleted, commit.version) == (0, 2, 20, before + 1)
    commit = tables.replace_shard("elements", "00", elements("00", 60).slice(50), doc_ids=None)
    assert (commit.inserted, commit.deleted, commit.version) == (10, 40, before + 2)
    table = tables.open("elements").to_lance()
    assert sorted(table.to_table(["element_id"])["element_id"].to_pylist()) == [
        *(f"00-{number:06}" for number in range(50, 60)),
        *(f"01-{number:06}" for number in range(60)),
    ]
    table.validate()
    assert not tables.replace_shard("elements", "01", elements("01", 60)).written


def test_tables_travel_to_other_processes(tables: Tables) -> None:
    tables.open("elements")
    assert pickle.loads(pickle.dumps(tables)).names() == tables.names()
