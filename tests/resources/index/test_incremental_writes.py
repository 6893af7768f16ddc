"""Writes into an index that is already built: only the named documents are compared, whatever indexes there are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest

from codices.resources.index.building import build_indexes
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.index_options import IndexOptions
from tests.conftest import ROOT
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images


@pytest.fixture
def built(tmp_path: Path) -> Tables:
    tables = open_tables(tmp_path / "lancedb")
    tables.ensure(DIMENSION, DIMENSION)
    tables.replace_shard("elements", "00", elements("00", 50))
    tables.add_images(images("00", 50))
    tables.replace_shard("documents", "00", documents("00", 50))
    build_indexes(tables, IndexOptions())
    return tables


def test_rows_change_although_every_key_has_an_index(built: Tables) -> None:
    assert built.replace_shard("elements", "00", elements("00", 50, changed=[3])).updated == 1
    assert built.replace_shard("documents", "00", documents("00", 45)).deleted == 1
    assert built.add_images(images("01", 10)).inserted > 0


def test_only_the_named_documents_are_compared(built: Tables) -> None:
    changed = elements("00", 50, changed=[7])  # element 7 is of document 1
    one = changed.filter(pc.field("doc_id") == "doc-00-1")
    commit = built.replace_shard("elements", "00", one, doc_ids=["doc-00-1"])
    assert (commit.inserted, commit.updated, commit.deleted) == (0, 1, 0)
    gone = built.replace_shard("elements", "00", one.slice(0, 0), doc_ids=["doc-00-2"])
    assert gone.deleted == 5
    assert built.open("elements").count_rows() == 45


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace tells which files were flushed to the disk")
def test_every_file_of_a_commit_is_flushed_before_it_counts(built: Tables, tmp_path: Path) -> None:
    before, started = {*Path(built.uri).rglob("*")}, time.time()
    built.replace_shard("elements", "01", elements("01", 10))
    code = f"""
from codices.resources.index.tables import open_tables
from tests.resources.index.rows_for_tests import elements
tables = open_tables({built.uri!r})
tables.make_durable({started - 2})
tables.replace_shard("elements", "02", elements("02", 10))
tables.make_durable({started - 2})
"""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-e", "trace=fsync", "-o", trace]
    subprocess.run([*strace, sys.executable, "-c", code], cwd=ROOT, check=True)
    written = {path for path in Path(built.uri).rglob("*") if path.is_file()} - before
    assert {path for path in written if path.suffix == ".lance"}
    flushed = Counter(map(Path, re.findall(r"fsync\(\d+<([^>]+)>\) += 0", trace.read_text())))
    assert flushed.keys() >= written | {path.parent for path in written}
    assert {flushed[path] for path in written} == {1}, "a file does not change once it is written"
    assert flushed[Path(built.uri) / "elements.lance/_versions/latest_version_hint.json"] == 2, "but this one does"
