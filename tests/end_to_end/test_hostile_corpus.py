"""Corpora that are wrong as a whole, names that collide, files that fail: what `codices index` makes of them."""

from __future__ import annotations

import os
import unicodedata
from email.message import EmailMessage
from pathlib import Path

import pytest

from codices.pipelines.errors import RunFailed
from codices.pipelines.run import Summary, run_index
from codices.resources.corpus.corpus import ListingError
from codices.resources.home.home import HomeError
from codices.resources.settings.settings import load_settings


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


def index() -> Summary:
    return run_index(load_settings())


def page(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"# Page\n\nThe ledger {name!a} keeps its entries.\n")


def failed(summary: Summary) -> dict[str, str]:
    return {failure["path"]: failure["kind"] for failure in summary.failures}


def test_names_that_stand_for_one_document(home: Path, corpus: Path):
    mail = EmailMessage()
    mail["Subject"] = "Policy"
    mail.set_content("See the policy.")
    for words in ("first", "second"):
        mail.add_attachment(f"The {words} policy.".encode(), "text", "markdown", filename="policy.md")
    (corpus / "x.eml").write_bytes(mail.as_bytes())
    page(corpus, "x.eml!/policy.md")
    name = "Grüße.md"
    for number in range(8):  # so that three names fewer are no mass deletion
        page(corpus, f"page-{number}.md")
    for form in ("NFC", "NFD"):
        page(corpus, unicodedata.normalize(form, name))
    done = index()
    assert sorted(failed(done).values()) == ["duplicate_name", "duplicate_name"]
    assert done.documents["indexed"] == 12, (
        "eight pages, the mail, its second policy, the file, one spelling of the other"
    )
    (corpus / "x.eml!/policy.md").unlink()
    (corpus / unicodedata.normalize("NFD", name)).unlink()
    assert failed(index()) == {}, "the names are free again"


def test_giving_twins_names_of_their_own_is_no_mass_deletion(home: Path, corpus: Path):
    for letter in "äëïöü":
        for form in ("NFC", "NFD"):
            page(corpus, unicodedata.normalize(form, f"{letter}.md"))
    assert sorted(failed(index()).values()) == ["duplicate_name"] * 5
    for number, letter in enumerate("äëïöü"):
        (corpus / unicodedata.normalize("NFD", f"{letter}.md")).rename(corpus / f"renamed-{number}.md")
    done = index()
    assert failed(done) == {}
    assert done.documents["indexed"] == 10


def test_a_name_that_is_only_normalised_stays_one_document(home: Path, corpus: Path):
    page(corpus, "other.md")
    page(corpus, unicodedata.normalize("NFD", "é.md"))
    index()
    (corpus / unicodedata.normalize("NFD", "é.md")).rename(corpus / "é.md")
    assert failed(index()) == {}


def test_nothing_to_index_is_an_error_and_binds_no_home(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ListingError, match=r"nothing to index in .*corpus: no file was seen"):
        index()
    page(corpus, "a.md")
    monkeypatch.setenv("CODICES_INCLUDE", '["*.pdf"]')
    with pytest.raises(ListingError, match=r"none of the 1 files .*include = \['\*\.pdf'\]"):
        index()
    assert not (home / "home.json").exists()
    monkeypatch.delenv("CODICES_INCLUDE")
    index()
    monkeypatch.setenv("CODICES_CORPUS", str(home.parent))
    with pytest.raises(HomeError, match=r"codices index .* --home FOLDER"):
        index()


def test_new_files_that_fail_hold_nothing_and_lost_ones_do(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(7):
        page(corpus, f"{number}.md")
    for number in range(10):
        (corpus / f"bad-{number}.png").write_bytes(b"")
    done = index()
    assert done.release
    assert len(done.failures) == 10
    for number in range(3):
        (corpus / f"{number}.md").write_bytes(b"")
    with pytest.raises(
        RunFailed, match=r"lost_share: 3 of 7 documents.*CODICES_SAFETY__MAX_LOST_SHARE=1 codices index"
    ):
        index()
    monkeypatch.setenv("CODICES_SAFETY__MAX_LOST_SHARE", "1")
    assert index().release != done.release


def test_a_sparse_file_is_too_large_and_a_name_of_bytes_and_a_pipe_end_no_run(home: Path, corpus: Path):
    page(corpus, "good.md")
    with (corpus / "sparse.bin").open("wb") as stream:
        stream.truncate(8 * 2**40)
    os.mkfifo(corpus / "pipe")
    Path(os.fsdecode(os.fsencode(corpus) + b"/caf\xe9.md")).write_text("# Menu\n\nThe soup of the day.\n")
    done = index()
    assert failed(done) == {"sparse.bin": "too_large", "pipe": "not_a_file"}
    assert done.documents["indexed"] == 2
