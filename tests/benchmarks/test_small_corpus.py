"""The corpus of the incremental benchmark: same seed, same bytes; an edit changes what it says it changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import docx
from PIL import Image

from benchmarks.small_corpus import edit, remove, rename, write_corpus


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_equal_seeds_give_equal_bytes_and_no_two_documents_are_alike(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path / "a", documents=300, seed=4)
    write_corpus(tmp_path / "b", documents=300, seed=4)
    write_corpus(tmp_path / "c", documents=300, seed=5)
    first = contents(tmp_path / "a")
    assert sorted(first) == paths
    assert first == contents(tmp_path / "b")
    assert not set(first.values()) & set(contents(tmp_path / "c").values())
    assert len(set(first.values())) == 300
    kinds = Counter(Path(path).suffix for path in paths)
    assert set(kinds) == {".md", ".html", ".txt", ".docx", ".eml", ".png"}


def test_a_larger_corpus_holds_the_smaller_one(tmp_path: Path) -> None:
    write_corpus(tmp_path / "small", documents=100)
    write_corpus(tmp_path / "large", documents=200)
    assert contents(tmp_path / "small").items() <= contents(tmp_path / "large").items()


def test_edit_rename_and_remove_touch_exactly_the_documents_they_name(tmp_path: Path) -> None:
    write_corpus(tmp_path, documents=200)
    before = contents(tmp_path)
    edited = edit(tmp_path, 0.05, seed=1)
    after = contents(tmp_path)
    assert len(edited) == 10
    assert sorted(path for path in before if before[path] != after[path]) == edited

    again = edit(tmp_path, 0.05, seed=2)
    assert [path for path in again if contents(tmp_path)[path] == after[path]] == []

    before = contents(tmp_path)
    moved = rename(tmp_path, 0.1, seed=3)
    assert len(moved) == 20
    assert contents(tmp_path) == {moved.get(path, path): data for path, data in before.items()}

    gone = remove(tmp_path, 0.1, seed=4)
    assert len(gone) == 20
    assert not set(gone) & set(contents(tmp_path))
    assert len(contents(tmp_path)) == 180


def test_an_edit_leaves_two_of_three_sections(tmp_path: Path) -> None:
    write_corpus(tmp_path, documents=40)
    before = contents(tmp_path)
    path = next(path for path in edit(tmp_path, 1.0, seed=9) if path.endswith(".md"))
    old, new = (text.decode().split("## ") for text in (before[path], contents(tmp_path)[path]))
    assert [a == b for a, b in zip(old, new, strict=True)] == [True, True, False, True]


def test_word_and_picture_files_open(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path, documents=100)
    word = docx.Document(str(tmp_path / next(path for path in paths if path.endswith(".docx"))))
    styles = [paragraph.style.name for paragraph in word.paragraphs if paragraph.style]
    assert styles == ["Heading 1", *["Heading 2", "Normal"] * 3]
    with Image.open(tmp_path / next(path for path in paths if path.endswith(".png"))) as picture:
        assert picture.size == (760, 200)
