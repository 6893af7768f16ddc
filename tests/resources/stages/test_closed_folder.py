"""A folder that the user who runs Codices may not read: said aloud, and never taken for deletions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codices.resources.corpus.corpus import Corpus, ListedFile, ListingError
from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.listing import take_listing
from codices.resources.stages.workspace import Workspace

NOBODY = 65534


@pytest.fixture
def corpus(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody may read, which is listed with the rights of nobody in particular."""
    listing = Corpus.list

    def listed_by_nobody(self: Corpus) -> list[ListedFile]:
        if os.geteuid() != 0:
            return listing(self)
        os.seteuid(NOBODY)
        try:
            return listing(self)
        finally:
            os.seteuid(0)

    monkeypatch.setattr(Corpus, "list", listed_by_nobody)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "open.md").write_text("words")
        (Path(folder) / "closed").mkdir()
        (Path(folder) / "closed/a.md").write_text("other words")
        monkeypatch.setenv("CODICES_CORPUS", folder)
        yield Path(folder)
        (Path(folder) / "closed").chmod(0o755)


def found() -> dict[str, str]:
    """path -> state or kind of failure, after a listing."""
    settings = load_settings()
    workspace = Workspace(settings, open_home(settings))
    take_listing(workspace)
    for shard in workspace.home.shard_keys:
        refresh_documents(workspace, shard)
    rows = [row for shard in workspace.home.shard_keys for row in workspace.records.documents(shard)]
    return {row.path: row.failure.kind if row.failure else row.state for row in rows}


def test_it_is_a_failed_document_until_it_is_opened(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    (corpus / "closed").chmod(0)
    assert found() == {"open.md": "new", "closed": "closed_folder"}
    monkeypatch.setenv("CODICES_INCLUDE", '["*.md"]')
    assert found() == {"open.md": "same", "closed": "closed_folder"}, "what is in it could be wanted"
    (corpus / "closed").chmod(0o755)
    assert found() == {"open.md": "same", "closed": "gone", "closed/a.md": "new"}


def test_known_documents_in_it_are_not_deleted(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    assert found() == {"open.md": "new", "closed/a.md": "new"}
    (corpus / "closed").chmod(0)
    monkeypatch.setenv("CODICES_SAFETY__MAX_MISSING_SHARE", "1")
    with pytest.raises(ListingError, match=r"folder closed may not be read.*1 known documents.*exclude"):
        found()
    monkeypatch.setenv("CODICES_EXCLUDE", '["closed/"]')
    assert found() == {"open.md": "same", "closed/a.md": "gone"}, "excluded on purpose"


def test_a_root_that_may_not_be_read_stops_the_run(corpus: Path):
    corpus.chmod(0)
    with pytest.raises(ListingError, match="Permission denied"):
        found()
    corpus.chmod(0o755)
