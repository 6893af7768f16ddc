"""What an operator sees of documents that failed: which, where, why, and whether they did so just now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from codices.resources.corpus.corpus import shard_keys, shard_of
from tests.conftest import SHARDS

RANGE = {
    "dagster/asset_partition_range_start": shard_keys(SHARDS)[0],
    "dagster/asset_partition_range_end": shard_keys(SHARDS)[-1],
}
ANEW, ALL = "no_document_failed_in_this_run", "every_document_can_be_read"


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(6):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe fan turns {number} times.\n")
    (folder / "empty.md").touch()
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n")
    (folder / "outside.md").symlink_to("/etc/hostname")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    monkeypatch.setenv("CODICES_SAFETY__MAX_MISSING_SHARE", "1")
    return folder


class Runs:
    """Runs of everything over all shards on one instance."""

    def __init__(self, instance: dg.DagsterInstance):
        self.instance = instance

    def once(self) -> dg.ExecuteInProcessResult:
        from codices.pipelines.definitions import defs

        job = defs.resolve_job_def("index")
        return job.execute_in_process(instance=self.instance, tags=RANGE)

    def shown(self, asset: str) -> dict[str, Any]:
        """Metadata of the event that the page of an asset shows."""
        newest = self.instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert newest is not None
        assert newest.asset_materialization is not None
        return plain(newest.asset_materialization.metadata)


def plain(metadata: Mapping[str, dg.MetadataValue]) -> dict[str, Any]:
    """Metadata as Python's own values, a table as a list of rows."""
    return {
        name: [dict(row.data) for row in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
        for name, value in metadata.items()
    }


def paths(metadata: Mapping[str, Any]) -> list[str]:
    return [row["path"] for row in metadata["failed documents"]]


def checked(done: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {each.check_name: each for each in done.get_asset_check_evaluations() if each.check_name in (ANEW, ALL)}


def test_failed_documents_stand_on_the_asset_the_run_and_its_checks(home: Path, corpus: Path):
    with dg.DagsterInstance.ephemeral() as instance:
        runs = Runs(instance)
        first = runs.once()
        found = checked(first)
        assert {name: each.passed for name, each in found.items()} == {ANEW: False, ALL: False}
        assert {each.severity for each in found.values()} == {dg.AssetCheckSeverity.WARN}
        told = "3 of 9 documents failed, 3 of them in this run: cut.pdf, empty.md, outside.md"
        assert found[ANEW].description == told
        run = instance.get_run_by_id(first.run_id)
        assert run is not None
        assert run.tags["codices/failed"] == "3, 3 in this run"

        page = runs.shown("documents")
        assert paths(page) == ["cut.pdf", "empty.md", "outside.md"]
        records = {row["path"]: row for row in page["failed documents"]}
        assert records["empty.md"]["kind"] == "empty_file"
        assert records["cut.pdf"]["stage"] == "extraction"
        assert records["outside.md"]["stage"] == "listing"
        assert (page["documents indexed"], page["documents failed"]) == (6, 3), "of the home, not of the last shard"
        assert runs.shown("text_blocks")["failed"] == 2, "those of the stage, over all shards"
        assert runs.shown("index_rows")["documents_failed"] == 3
        assert runs.shown("index_rows")["home: documents failed"] == 3
        [of_shard] = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey("text_blocks"), asset_partitions=[shard_of("cut.pdf", SHARDS)]),
            limit=1,
        ).records
        assert of_shard.asset_materialization is not None
        assert "cut.pdf" in paths(plain(of_shard.asset_materialization.metadata)), "where it happened"

        (corpus / "note-1.md").write_bytes(b"")
        found = checked(runs.once())
        assert found[ANEW].description == "4 of 9 documents failed, 1 of them in this run: note-1.md"
        assert paths(runs.shown("documents"))[0] == "note-1.md", "what is new comes first"

        quiet = checked(runs.once())
        assert {name: each.passed for name, each in quiet.items()} == {ANEW: True, ALL: False}
        assert quiet[ANEW].description == "4 of 9 documents failed, none of them in this run"

        for name in ("empty.md", "cut.pdf", "outside.md", "note-1.md"):
            (corpus / name).unlink()
        mended = checked(runs.once())
        assert all(each.passed for each in mended.values())
        assert mended[ALL].description == "all 5 documents can be read"
        assert "failed documents" not in runs.shown("documents")
