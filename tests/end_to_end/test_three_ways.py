"""The command line, `dagster asset materialize` and a backfill in the UI give the same tables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lancedb
import pytest

from codices.resources.corpus.corpus import shard_of
from tests.conftest import EXAMPLES, ROOT, SHARDS, codices
from tests.end_to_end.stack import running_stack

PARTITIONED = [
    "documents", "text_blocks", "tables", "figures", "ocr_text", "elements", "embeddings", "index_rows",
]  # fmt: skip
MAIL = shard_of("cases/case-58213.eml", SHARDS)
LAST = f"{SHARDS - 1:02x}"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A few documents of different kinds, one of them broken."""
    folder = tmp_path / "corpus"
    for name in ("guide/load-balancing.md", "guide/images/load-balancer-configuration.png", "html/error-codes.html",
                 "cases/case-58213.eml", "pdf/release-notes-5.0-draft.pdf", "inventory/nodes.csv"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / "corpus" / name, folder / name)
    return folder


def rows(home: Path) -> dict[str, list[tuple[str, ...]]]:
    database = lancedb.connect(str(home / "lancedb"))
    keys = {"elements": ["element_id", "row_hash"], "documents": ["doc_id", "row_hash"], "images": ["image_id"]}
    return {
        name: sorted(tuple(row.values()) for row in database.open_table(name).to_lance().to_table(columns).to_pylist())
        for name, columns in keys.items()
    }


@pytest.mark.timeout(1200)
def test_three_ways_to_run_give_the_same_tables(corpus: Path, tmp_path: Path):
    by_command = tmp_path / "command"
    assert codices("index", corpus, "--home", by_command, "--shards", str(SHARDS)).status == 0

    by_dagster = tmp_path / "dagster"
    environment = {**os.environ, "CODICES_HOME": str(by_dagster), "CODICES_CORPUS": str(corpus)}
    environment["DAGSTER_HOME"] = subprocess.run(
        [sys.executable, "-m", "codices.pipelines.instance"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    subprocess.run(
        [str(Path(sys.executable).parent / "dagster"), "asset", "materialize", "-m", "codices.pipelines.definitions",
         "--select", "*", "--partition-range", f"00...{LAST}"],
        cwd=ROOT, env=environment, check=True, capture_output=True, timeout=400,
    )  # fmt: skip

    by_backfill = tmp_path / "backfill"
    by_backfill.mkdir()
    with running_stack(by_backfill, corpus) as stack:
        done = stack.backfill(PARTITIONED, [f"{number:02x}" for number in range(SHARDS)])
        assert done["status"] == "COMPLETED_SUCCESS", done
        assert len(done["runs"]) == 1, "one run for all shards"
        assert stack.materialize(["ocr_text"], MAIL)["status"] == "SUCCESS", "one stage of one shard, by itself"
        assert stack.counts("ocr_text")["computed"] == 0
        extracted = ["text_blocks", "tables", "figures"]
        assert stack.materialize(extracted, MAIL, force=True)["status"] == "SUCCESS", "forced from the launchpad"
        assert stack.counts("tables")["computed"] >= 1
    expected = rows(by_command)
    assert len(expected["documents"]) >= 7
    assert rows(by_dagster) == expected
    assert rows(by_backfill) == expected
