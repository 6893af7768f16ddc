"""Plain text, encodings, CSV and TSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resources.extraction.files import parsed, written

WORDS = "Grüße aus Köln, naïve café, Müller und Söhne; señor über Straße"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str):
    extraction = parsed(written(tmp_path, "x.txt", (WORDS + "\n").encode(encoding)))
    assert [block.text for block in extraction.blocks] == [WORDS]


def test_mixed_encodings_line_by_line(tmp_path: Path):
    content = f"utf: {WORDS}\n\n".encode() + f"latin: {WORDS}\n".encode("latin-1")
    blocks = [block.text for block in parsed(written(tmp_path, "x.txt", content)).blocks]
    assert blocks == [f"utf: {WORDS}", f"latin: {WORDS}"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "これは日本語の文章です。検索エンジンは文書を索引に入れます。" * 8),
        ("cp1251", "Это русский текст, который надо прочитать правильно и найти потом в индексе. " * 8),
    ],
)
def test_other_scripts(tmp_path: Path, encoding: str, text: str):
    assert parsed(written(tmp_path, "x.txt", text.encode(encoding))).blocks[0].text == text.strip()


def test_a_line_of_ten_megabytes(tmp_path: Path):
    extraction = parsed(written(tmp_path, "x.txt", "word " * 2_000_000))
    assert sum(len(block.text) + 1 for block in extraction.blocks) == 10_000_000
    assert max(len(block.text) for block in extraction.blocks) <= 20_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", 'name,size\n"a, b",1\nc,2\n'),
        ("x.csv", 'name;size\n"a, b";1\nc;2\n'),
        ("x.tsv", "name\tsize\na, b\t1\nc\t2\n"),
    ],
)
def test_delimited_text_is_one_table(tmp_path: Path, name: str, content: str):
    [table] = parsed(written(tmp_path, name, content)).tables
    assert table.cells == [["name", "size"], ["a, b", "1"], ["c", "2"]]
    assert "<th>name</th>" in table.html


def test_xml_without_tags(tmp_path: Path):
    extraction = parsed(written(tmp_path, "x.xml", '<?xml version="1.0"?><!-- no --><a><b c="d">One &amp; two</b></a>'))
    assert [block.text for block in extraction.blocks] == ["One & two"]
