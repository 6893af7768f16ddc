"""What a run remembers of the documents file never outlives the file."""

from pathlib import Path

import pytest

from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.listing import take_listing
from codices.resources.stages.workspace import Workspace


def test_a_reader_sees_what_another_run_has_recorded_since(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    monkeypatch.setenv("CODICES_SHARDS", "1")
    settings = load_settings()
    reader, writer = (Workspace(settings, open_home(settings)) for _ in range(2))
    [shard] = reader.home.shard_keys

    def recorded(*names: str) -> list[str]:
        for name in names:
            (corpus / name).write_text("words")
        take_listing(writer)
        refresh_documents(writer, shard)
        return sorted(row.path for row in reader.records.documents(shard))

    assert reader.records.documents(shard) == []
    assert recorded("a.md") == ["a.md"]
    assert recorded("b.md") == ["a.md", "b.md"]
    assert reader.records.documents(shard) is reader.records.documents(shard), "read once while the file stays"
    (Path(reader.home.stages.url) / f"documents/{shard}.parquet").unlink()
    assert reader.records.documents(shard) == []
