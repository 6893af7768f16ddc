"""Disks that are full, homes that are read-only, files that are gone, homes of the first version."""

from __future__ import annotations

import errno
import multiprocessing
import os
import tarfile
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import lance  # noqa: F401 - before one test gives up the right to read the folder that it would be imported from
import pytest

from codices.resources.index.building import build_indexes
from codices.resources.index.checks import run_checks
from codices.resources.index.errors import IndexStoreError, StoreUnwritable, TableDamaged
from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.releases import cut_release, open_release
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.index_options import IndexOptions
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements

NOBODY = 65534
FIRST_VERSION = Path(__file__).parent / "files" / "index-of-schema-1.tar.gz"


def _write_as_nobody(tables: Tables, answer: Connection) -> None:
    if os.getuid() == 0:  # root may write everywhere
        os.setuid(NOBODY)
    try:
        tables.replace_shard("elements", "00", elements("00", 5, changed=[1]))
        answer.send("written")
    except IndexStoreError as error:
        answer.send((type(error), str(error), open_release(tables).elements.count_rows()))


def test_a_read_only_home_says_so_and_can_still_be_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        tables = open_tables(Path(folder) / "lancedb")
        tables.ensure(DIMENSION, DIMENSION)
        tables.replace_shard("elements", "00", elements("00", 5))
        cut_release(tables, metrics={}, settings={})
        places = [Path(folder) / "lancedb", *(Path(folder) / "lancedb").rglob("*")]
        for place in places:
            place.chmod(0o555 if place.is_dir() else 0o444)
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("forkserver").Process(target=_write_as_nobody, args=(tables, theirs))
        process.start()
        assert ours.poll(60)
        kind, message, rows = ours.recv()
        process.join()
        for place in places:
            place.chmod(0o755 if place.is_dir() else 0o644)
    assert (kind, rows) == (StoreUnwritable, 5)
    assert "grant write access" in message


def test_a_full_disk_says_so() -> None:
    with pytest.raises(StoreUnwritable, match="free space"), explained("writing"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(StoreUnwritable, match="Nothing indexed is lost"), explained("writing"):
        raise RuntimeError("lance error: LanceError(IO): No space left on device (os error 28)")


def test_conflicts_are_tried_again_and_other_errors_are_not() -> None:
    calls: list[float] = []

    def conflicting() -> str:
        if len(calls) < 3:
            raise RuntimeError("Retryable commit conflict for version 7")
        return "done"

    assert retrying(conflicting, sleep=calls.append) == "done"
    assert calls[0] < calls[2]

    def broken() -> None:
        calls.append(0)
        raise ValueError("something else")

    before = len(calls)
    with pytest.raises(ValueError, match="something else"):
        retrying(broken, sleep=calls.append)
    assert len(calls) == before + 1

    def endless() -> None:
        raise RuntimeError("commit conflict")

    with pytest.raises(IndexStoreError, match="run again"), explained("writing"):
        retrying(endless, sleep=lambda _: None)


def test_a_damaged_table_is_told_from_a_programming_error() -> None:
    with pytest.raises(TableDamaged, match="backup"), explained("reading"):
        raise RuntimeError("lance error: LanceError(IO): Not found: data/1.lance")
    with pytest.raises(ValueError, match="mine"), explained("reading"):
        raise ValueError("mine")


def test_an_index_of_the_first_schema_version_opens_is_read_and_written(tmp_path: Path) -> None:
    """The archive is never made again: it is what the first version wrote."""
    with tarfile.open(FIRST_VERSION) as archive:
        archive.extractall(tmp_path, filter="data")
    tables = open_tables(tmp_path / "lancedb")
    assert open_release(tables, "first").elements.count_rows() == 12
    before = tables.open("elements").search().select(["element_id", "image_vector"]).to_list()
    assert not tables.loses_vectors(DIMENSION, DIMENSION)
    tables.ensure(DIMENSION, DIMENSION)
    assert open_release(tables, "first").elements.count_rows() == 12
    migrated = tables.open("elements")
    assert migrated.search().select(["element_id", "image_vector"]).to_list() == before
    assert sum(row["image_vector"] is not None for row in before) > 0
    version = migrated.version
    tables.ensure(DIMENSION, DIMENSION)
    assert tables.open("elements").version == version
    tables.replace_shard("elements", "00", elements("00", 15))
    tables.replace_shard("documents", "00", documents("00", 15))
    report = build_indexes(tables, IndexOptions(sample=5))
    assert report["holds"]
    wrong = [check.name for check in run_checks(tables) if not check.passed]
    assert wrong == ["no_missing_images"]
    cut_release(tables, "second", metrics=report, settings={})
    assert open_release(tables).elements.count_rows() == 15
