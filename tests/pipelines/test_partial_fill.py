"""A range of shards on a fresh home: what is there is indexed, and readers wait until all that is listed is written."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from codices.resources.corpus.corpus import shard_keys, shard_of
from codices.resources.index.errors import ReleaseMissing
from codices.resources.index.releases import find_release, list_releases
from codices.resources.index.tables import open_tables
from tests.conftest import SHARDS

RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
NAMES = [f"note-{number}.md" for number in range(12)]
EVERY = shard_keys(SHARDS)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f"# Relay of {name}\n\nIt keeps the sessions of its rack.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


def materialize(first: str, last: str) -> dict[str, dg.AssetCheckEvaluation]:
    """All assets over a range, as `dagster asset materialize --partition-range` does; the checks by name."""
    from codices.pipelines.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("index")
        done = job.execute_in_process(instance=instance, tags={RANGE[0]: first, RANGE[1]: last})
        return {check.check_name: check for check in done.get_asset_check_evaluations()}


def test_a_first_fill_of_some_shards_is_not_promoted_and_names_the_others(home: Path, corpus: Path):
    checks = materialize(EVERY[0], EVERY[1])
    others = sorted({shard_of(name, SHARDS) for name in NAMES} - {*EVERY[:2]})
    tables = open_tables(str(home / "lancedb"))
    with pytest.raises(ReleaseMissing, match="not promoted"):
        find_release(tables)
    [candidate] = list_releases(tables)
    assert f"shards that were never written: {', '.join(others)}" in (candidate.note or "")
    written = checks["listed_shards_written"]
    assert not written.passed
    assert written.severity == dg.AssetCheckSeverity.WARN
    assert written.metadata["shards"].value == others

    checks = materialize(EVERY[2], EVERY[3])
    assert checks["listed_shards_written"].passed
    assert find_release(tables).note is None
    assert tables.open("documents").count_rows("state = 'indexed'") == len(NAMES)


def test_a_part_of_the_corpus_is_promoted_where_that_is_asked_for(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CODICES_SAFETY__PROMOTE_PARTIAL", "true")
    materialize(EVERY[0], EVERY[0])
    assert find_release(open_tables(str(home / "lancedb"))).promoted_at is not None
