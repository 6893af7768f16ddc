"""What was parsed once is used again for the same content, wherever it lies, and never for another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from codices.resources.corpus.corpus import shard_of
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.rows import WITHOUT_PIXELS, extraction_from_row
from codices.resources.foundation.failures import Failure
from codices.resources.home.home import open_home
from codices.resources.reports.plan import make_plan
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.extractions import EXTRACTION, STAGE, link_fingerprints, readable
from codices.resources.stages.listing import take_listing
from codices.resources.stages.workspace import Workspace
from codices.resources.store.manifest import Refreshed
from codices.resources.workers.isolation import kept_workers
from tests.conftest import SHARDS


@pytest.fixture
def corpus(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "corpus"
    folder.mkdir()
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    monkeypatch.setenv("CODICES_SAFETY__MAX_MISSING_SHARE", "1")
    with kept_workers():
        yield folder


def opened(force: bool = False) -> Workspace:
    settings = load_settings()
    return Workspace(settings, open_home(settings), force=force)


def run(force: bool = False, meanwhile: Callable[[], object] = lambda: None) -> Refreshed:
    """List, compare and parse in every shard; `meanwhile` happens between comparing and parsing."""
    workspace = opened(force)
    take_listing(workspace)
    for shard in workspace.home.shard_keys:
        refresh_documents(workspace, shard)
    meanwhile()
    total = Refreshed()
    for shard in workspace.home.shard_keys:
        total += EXTRACTION.refresh(workspace, shard)
    return total


def result(path: str, of: str | None = None) -> str:
    """What extraction gave for a document, or for the picture `of` that it draws in: its words, failure or pixels."""
    workspace = opened()
    shard = shard_of(path, SHARDS)
    found = {row.path: (fp, row.doc_id) for fp, row in readable(workspace, shard)}
    fp, doc_id = found[path]
    if of is not None:
        _, fp = link_fingerprints(workspace, shard)[doc_id][of]
    [row] = [row for batch in workspace.store.rows(STAGE, shard, [fp], WITHOUT_PIXELS) for row in batch.to_pylist()]
    extraction = extraction_from_row(row)
    if isinstance(extraction, Failure):
        return extraction.kind
    assert isinstance(extraction, Extraction)
    return " ".join(
        [block.text for block in extraction.blocks] + [figure.image_id or "" for figure in extraction.figures]
    )


def overwrite_unseen(path: Path, data: bytes) -> None:
    """Other content of the same size and modification time."""
    before = path.stat()
    assert len(data) == before.st_size
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def picture(colour: str) -> bytes:
    """Files of the same length, whatever the colour."""
    path = Path("picture.bmp")
    Image.new("RGB", (120, 80), colour).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("shard", ["00", "03"])  # that of the first, and one that is parsed later
def test_a_file_that_cannot_be_read_takes_none_of_the_same_content_with_it(corpus: Path, shard: str):
    names = [f"{number}.md" for number in range(40)]
    first = next(name for name in names if shard_of(name, SHARDS) == "00")
    twin = next(name for name in names if shard_of(name, SHARDS) == shard and name != first)
    for name in (first, twin):
        (corpus / name).write_text("The relay keeps its sessions.\n")
    run(meanwhile=(corpus / first).unlink)
    assert result(twin) == "The relay keeps its sessions."


def test_text_never_stands_under_the_hash_of_another(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    note = corpus / "note.md"
    note.write_text("The relay keeps its sessions.\n")
    run()
    overwrite_unseen(note, b"The relay drops its sessions.\n")
    assert not run().written, "nobody can tell"
    monkeypatch.setenv("CODICES_EXTRACTION__MAX_CELLS", "99")
    run()
    assert result("note.md") == "changed_while_read"
    workspace = opened()
    assert make_plan(workspace).documents["changed"] == 1
    run()
    assert result("note.md") == "The relay drops its sessions."
    (corpus / "copy.md").write_text("The relay keeps its sessions.\n")
    run()
    assert result("copy.md") == "The relay keeps its sessions."


@pytest.mark.parametrize("force", [True, False], ids=["force", "always_hash"])
def test_every_file_is_hashed_when_that_is_asked_for(corpus: Path, monkeypatch: pytest.MonkeyPatch, force: bool):
    names = [f"{number}.md" for number in range(40)]
    page = next(name for name in names if shard_of(name, SHARDS) != shard_of("plan.bmp", SHARDS))
    monkeypatch.setenv("CODICES_SAFETY__ALWAYS_HASH", str(not force))
    (corpus / "plan.bmp").write_bytes(picture("red"))
    (corpus / ".unlisted.bmp").write_bytes(picture("red"))
    (corpus / page).write_text("A plan.\n\n![](plan.bmp)\n\n![](.unlisted.bmp)\n")
    run()
    before = result("plan.bmp")
    observed = take_listing(opened())
    for name in ("plan.bmp", ".unlisted.bmp"):
        overwrite_unseen(corpus / name, picture("blue"))
    if not force:
        assert take_listing(opened())[shard_of(page, SHARDS)] != observed[shard_of(page, SHARDS)]
        assert shard_of(page, SHARDS) in make_plan(opened()).stale
    run(force)
    after = result("plan.bmp")
    assert after != before
    assert result(page, of="plan.bmp") == result(page, of=".unlisted.bmp") == after
    [row] = [row for row in opened().records.documents(shard_of("plan.bmp", SHARDS)) if row.path == "plan.bmp"]
    assert row.content_hash == hashlib.sha256(picture("blue")).hexdigest()
    assert run().computed == 0


def test_a_renamed_folder_and_an_option_set_back_parse_nothing(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    folder = corpus / "guide"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.bmp").write_bytes(picture(f"#0000{number}0"))
        (folder / f"{number}.md").write_text(f"Page {number}.\n\n![]({number}.bmp)\n")
    assert run().computed == 12
    folder.rename(corpus / "handbook")
    moved = run()
    assert (moved.computed, moved.dropped > 0) == (0, True)
    monkeypatch.setenv("CODICES_EXTRACTION__MAX_FIGURES", "1000")
    assert run().computed == 12
    monkeypatch.delenv("CODICES_EXTRACTION__MAX_FIGURES")
    assert run().computed == 0
