"""The corpus: what is listed, what is refused, which links are followed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import fsspec
import pytest

from benchmarks.extraction.link_swap import attack
from codices.resources.corpus.corpus import Corpus, ListingError, contents_of, doc_id_of, shard_keys, shard_of
from codices.resources.foundation.failures import ExtractionError


def put(root: Path, path: str, content: str = "text") -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    return target


def documents(corpus: Corpus) -> dict[str, str | None]:
    return {file.path: file.failure.kind if file.failure else None for file in corpus.list() if file.included}


def test_patterns_choose_documents_as_gitignore_does(tmp_path: Path):
    for path in ("a.md", "b.pdf", "deep/c.md", "deep/draft/d.md", ".git/config", "deep/.hidden.md"):
        put(tmp_path, path)
    assert set(documents(Corpus(str(tmp_path), exclude=(".*",)))) == {"a.md", "b.pdf", "deep/c.md", "deep/draft/d.md"}
    assert set(documents(Corpus(str(tmp_path), include=("*.md",), exclude=(".*", "draft/")))) == {"a.md", "deep/c.md"}


def test_a_home_inside_the_corpus_is_not_indexed(tmp_path: Path):
    put(tmp_path, "a.md")
    put(tmp_path, "index/home.json")
    assert set(documents(Corpus(str(tmp_path), excluded_folders=(str(tmp_path / "index"),)))) == {"a.md"}


def test_what_cannot_be_a_document_is_listed_with_its_reason(tmp_path: Path):
    outside = put(tmp_path, "outside/secret.txt", "secret")
    root = tmp_path / "root"
    put(root, "a.txt")
    (root / "inside.txt").symlink_to("a.txt")
    (root / "leaves.txt").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "nowhere.txt").symlink_to("missing.txt")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe.txt")
    corpus = Corpus(str(root))
    assert documents(corpus) == {
        "a.txt": None,
        "inside.txt": None,
        "leaves.txt": "link_leaves_root",
        "folder": "link_leaves_root",
        "nowhere.txt": "broken_link",
        "loop": "broken_link",
        "pipe.txt": "not_a_file",
    }
    with pytest.raises(ExtractionError, match="not followed"):
        corpus.read("leaves.txt")
    with pytest.raises(ExtractionError, match="not followed"):
        corpus.read("folder/secret.txt")
    with pytest.raises(ExtractionError):
        corpus.read("../outside/secret.txt")


def test_a_name_that_is_not_utf8_can_be_listed_and_read(tmp_path: Path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("latin")
    (tmp_path / "line\nbreak 'quote\".txt").write_text("odd")
    corpus = Corpus(str(tmp_path))
    assert {path: corpus.read(path) for path in documents(corpus)} == {
        "caf\\xe9.txt": b"latin",
        "line\nbreak 'quote\".txt": b"odd",
    }


def test_a_name_that_looks_escaped_is_another_than_the_one_it_looks_like(tmp_path: Path):
    (tmp_path / os.fsdecode(b"a\xe9.txt")).write_text("bytes")
    (tmp_path / "a\\xe9.txt").write_text("backslash")
    (tmp_path / "b\\x41\\xyz.txt").write_text("letters")
    corpus = Corpus(str(tmp_path))
    assert {path: corpus.read(path) for path in documents(corpus)} == {
        "a\\xe9.txt": b"bytes",
        "a\\x5cxe9.txt": b"backslash",
        "b\\x5cx41\\xyz.txt": b"letters",
    }


def test_a_folder_may_end_like_the_name_of_a_mail_before_its_attachments(tmp_path: Path):
    put(tmp_path, "Wow!/page.md")
    mail = (
        "From: a@b\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx"
    )
    put(tmp_path, "Wow!/mail.eml", mail)
    corpus = Corpus(str(tmp_path))
    assert set(documents(corpus)) == {"Wow!/page.md", "Wow!/mail.eml"}
    assert corpus.read("Wow!/page.md") == b"text"
    with corpus.local_path("Wow!/page.md") as path:
        assert path.read_bytes() == b"text"
    assert corpus.revision("Wow!/page.md") in {file.revision for file in corpus.list()}
    assert corpus.link_candidates("Wow!/page.md", "a.png") == ["Wow!/a.png"]
    assert corpus.split("Wow!/mail.eml!/a.txt") == ("Wow!/mail.eml", ["a.txt"])
    assert corpus.revision("Wow!/mail.eml!/a.txt") == corpus.revision("Wow!/mail.eml")


def test_excluded_folders_are_not_entered(tmp_path: Path):
    put(tmp_path, "a.md")
    put(tmp_path, "closed/b.md").parent.chmod(0)
    assert [file.path for file in Corpus(str(tmp_path), exclude=("closed/",)).list()] == ["a.md"]
    (tmp_path / "closed").chmod(0o755)
    kept = Corpus(str(tmp_path), exclude=("closed/*", "!closed/b.md"))
    assert set(documents(kept)) == {"a.md", "closed/b.md"}


def test_a_pipe_in_place_of_a_listed_file_is_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(ExtractionError) as failure:
        Corpus(str(tmp_path)).read("a.txt")
    assert failure.value.kind == "not_a_file"


def test_a_mail_is_taken_apart_once_for_all_its_attachments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    message = EmailMessage()
    for number in range(5):
        message.add_attachment(f"text {number}", filename=f"{number}.txt")
    path = tmp_path / "mail.eml"
    path.write_bytes(message.as_bytes())
    read: list[int] = []

    def counted(mail: bytes, name: str) -> Mapping[str, bytes]:
        read.append(len(mail))
        return contents_of(mail, name)

    monkeypatch.setattr("codices.resources.corpus.corpus.contents_of", counted)
    corpus = Corpus(str(tmp_path))
    for number in range(5):
        assert corpus.read(f"mail.eml!/{number}.txt").strip() == b"text %d" % number
    assert len(read) == 1
    path.write_bytes(message.as_bytes().replace(b"text 0", b"other words"))
    assert corpus.read("mail.eml!/0.txt").strip() == b"other words"


def test_the_same_name_in_two_unicode_forms_is_one_document_and_one_failure(tmp_path: Path):
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "é.txt")).write_text(form)
    found = documents(Corpus(str(tmp_path)))
    assert sorted(kind or "" for kind in found.values()) == ["", "duplicate_name"]
    assert doc_id_of(unicodedata.normalize("NFC", "é.txt")) == doc_id_of(unicodedata.normalize("NFD", "é.txt"))


def test_a_folder_that_cannot_be_listed_stops_the_listing(tmp_path: Path):
    with pytest.raises(ListingError, match="cannot be listed"):
        Corpus(str(tmp_path / "missing")).list()


def test_revision_changes_with_the_content_and_equals_the_listing(tmp_path: Path):
    put(tmp_path, "a.txt", "one")
    corpus = Corpus(str(tmp_path))
    [before] = corpus.list()
    assert corpus.revision("a.txt") == before.revision
    put(tmp_path, "a.txt", "another")
    assert corpus.list()[0].revision != before.revision
    assert corpus.revision("missing.txt") is None
    assert corpus.revision("..") is None


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("images/a.png", "docs/guide/images/a.png"),
        ("./a%20b.png?raw=true#top", "docs/guide/a b.png"),
        ("../a.png", "docs/a.png"),
        ("../../../a.png", None),
        ("../../../../etc/passwd", None),
        ("https://example.com/a.png", None),
        ("//example.com/a.png", None),
        ("file:///etc/passwd", None),
        ("data:image/png;base64,AAAA", None),
        ("#anchor", None),
        ("..\\a.png", "docs/a.png"),
    ],
)
def test_links_lead_to_paths_inside_the_root_or_nowhere(tmp_path: Path, target: str, expected: str | None):
    candidates = Corpus(str(tmp_path)).link_candidates("docs/guide/page.md", target)
    assert candidates == ([] if expected is None else [expected])


def test_a_link_from_the_root_of_a_site_looks_in_the_folders_above(tmp_path: Path):
    candidates = Corpus(str(tmp_path)).link_candidates("site/docs/page.md", "/img/a.png")
    assert "site/static/img/a.png" in candidates
    assert "img/a.png" in candidates
    assert not any(path.startswith(("/", "..")) for path in candidates)


def test_a_remote_corpus_is_listed_read_and_told_apart_by_revision():
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/manuals/a.txt", b"one")
    memory.pipe_file("/manuals/deep/b.txt", b"two")
    corpus = Corpus("memory://manuals")
    assert set(documents(corpus)) == {"a.txt", "deep/b.txt"}
    assert corpus.read("deep/b.txt") == b"two"
    before = corpus.revision("a.txt")
    memory.pipe_file("/manuals/a.txt", b"changed")
    assert corpus.revision("a.txt") != before
    with corpus.local_path("a.txt") as local:
        assert local.read_bytes() == b"changed"


def test_shards_are_stable_and_even():
    assert shard_keys(16) == [f"{number:02x}" for number in range(16)]
    assert len(shard_keys(4096)[0]) == 3
    assert shard_of("guide/install.md", 16) == "0f"  # it says where a home keeps the document: never another one
    assert len(shard_of("guide/install.md", 1 << 48)) == 12, "told without the keys of the other shards"
    assert shard_of("mail.eml!/report.pdf", 16) == shard_of("mail.eml", 16), "an attachment lies with its mail"
    counts = [0] * 16
    for number in range(4000):
        counts[int(shard_of(f"{number}.md", 16), 16)] += 1
    assert max(counts) < 1.3 * min(counts)


def test_a_file_exchanged_for_a_link_gives_nothing_from_outside():
    counts = attack(300)
    assert counts["outside"] == 0
    assert counts["inside"] > 0
