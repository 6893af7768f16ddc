"""What the Dagster UI shows of the assets, and what its launchpad can set for one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import lancedb
import pyarrow.parquet as pq
import pytest

from codices.pipelines.run import run_index
from codices.resources.corpus.corpus import shard_of
from codices.resources.settings.settings import load_settings
from tests.conftest import SHARDS

NOTE = "note.md"
SHARD = shard_of(NOTE, SHARDS)
EXTRACTED = [dg.AssetKey(name) for name in ("text_blocks", "tables", "figures")]


@pytest.fixture
def indexed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one document."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / NOTE).write_text("# Pump\n\nThe valve opens at 5 bar.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    assert run_index(load_settings()).release
    return home


def test_every_asset_says_what_it_is_whose_it_is_and_where_its_code_lies():
    from codices.pipelines.definitions import defs

    descriptions = set()
    for spec in defs.resolve_all_asset_specs():
        assert spec.description, spec.key
        descriptions.add(spec.description)
        assert spec.owners == ["team:codices"], spec.key
        assert spec.kinds, spec.key
        assert spec.group_name != "default", spec.key
        [reference] = spec.metadata["dagster/code_references"].code_references
        lines = Path(reference.file_path).read_text(encoding="utf-8").splitlines()
        assert lines[reference.line_number - 1].startswith(("@dg.", "def ")), spec.key
    assert len(descriptions) == len(list(defs.resolve_all_asset_specs())), "also the three of one step"


def columns(asset: str, entry: str = "dagster/column_schema") -> list[str]:
    from codices.pipelines.definitions import defs

    [spec] = [spec for spec in defs.resolve_all_asset_specs() if spec.key == dg.AssetKey(asset)]
    return [column.name for column in spec.metadata[entry].columns]


def test_the_columns_shown_are_those_that_are_written_and_the_launchpad_forces_one_shard(indexed: Path):
    database = lancedb.connect(str(indexed / "lancedb"))
    assert columns("index_rows") == database.open_table("elements").schema.names
    assert columns("index_rows", "columns of documents") == database.open_table("documents").schema.names
    assert columns("release") == database.open_table("releases").schema.names
    assert columns("documents") == pq.read_schema(indexed / "stages/documents" / f"{SHARD}.parquet").names

    assert computed() == 0
    assert computed(force=True) == 1
    assert computed(settings={"extraction": {"timeout_seconds": 77}}) == 0, "decides whether, not what"
    assert computed(settings={"safety": {"always_hash": True}}) == 0
    for wrong, told in ({"home": "other"}, "home cannot be set for one run"), (
        {"extraction": {"timeout": 7}}, "extraction.timeout is no setting"
    ):  # fmt: skip
        with pytest.raises(Exception, match=told):
            computed(settings=wrong)


def computed(**config: Any) -> int:
    """Documents that a run with this config of the resource parses."""
    from codices.pipelines.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def("index").execute_in_process(
            instance=instance,
            partition_key=SHARD,
            asset_selection=EXTRACTED,
            run_config={"resources": {"codices": {"config": config}}},
        )
    [event, *_] = done.asset_materializations_for_node("extracted")
    count = event.metadata["computed"].value
    assert isinstance(count, int)
    return count
