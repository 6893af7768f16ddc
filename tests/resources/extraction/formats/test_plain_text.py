"""Plain text, encodings, CSV and TSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from codices.resources.extraction.common.encodings import decode
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


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp932", "これは短い文書です。"),
        ("cp932", "名前,都市 太郎,東京"),
        ("euc_jp", "これは短い文書です。"),
        ("iso2022_jp", "これは短い文書です。"),
        ("gb18030", "这是一份关于鹤的文件。"),
        ("big5", "這是一個繁體中文的測試文件"),
        ("cp949", "한국어 문서 검색 시험"),
        ("cp1251", "Привет, это короткий текст."),
        ("koi8-r", "Привет, это короткий текст."),
        ("cp866", "Привет, это короткий текст."),
        ("cp1253", "Ελληνικό κείμενο δοκιμής"),
        ("cp1255", "זהו טקסט קצר בעברית"),
        ("cp1250", "Książka została opublikowana w Łodzi."),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy."),
        ("cp1254", "Bu k\u0131sa bir Türkçe metindir, güneş \u0131ş\u0131ğ\u0131 çok güzel."),
        ("cp1256", "هذا نص قصير باللغة العربية"),
        ("cp874", "นี่คือข้อความสั้น ๆ ภาษาไทย"),
        ("cp1252", "Ærø ligger syd for Fyn, og færgen sejler på hele året."),
        ("cp1252", "São Paulo não é a capital"),
        ("iso8859-2", "Książka została opublikowana w Łodzi."),
        ("cp1252", "L\u2019été à la plage, “déjà vu” \u2013 5 €"),
        ("utf-16-le", "Это русский текст без метки"),
    ],
)
def test_short_texts_that_do_not_say_what_they_are_in(tmp_path: Path, encoding: str, text: str):
    assert parsed(written(tmp_path, "x.txt", text.encode(encoding))).blocks[0].text == text


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("gb2312", "gb18030", "中文内容测试鎔"),
        ("shift_jis", "cp932", "①日本語髙﨑"),
        ("x-sjis", "cp932", "①日本語髙﨑"),
        ("euc-kr", "cp949", "한국어 똠방각하"),
        ("iso-8859-1", "cp1252", "€5 \u2013 “quoted”"),
        ("us-ascii", "cp1252", "€5 \u2013 “quoted”"),
        ("iso-2022-jp", "iso2022_jp", "日本語のテキスト"),
        ("iso-8859-1", "utf-8", "Größe"),
        ("utf-8", "cp1252", "Größe"),
        ("base64", "cp1252", "Größe"),
    ],
)
def test_a_declared_encoding_is_meant_as_browsers_take_it(declared: str, encoding: str, text: str):
    assert decode(text.encode(encoding), declared) == text


def test_two_encodings_in_one_line(tmp_path: Path):
    content = "utf: Größe und ".encode() + "latin: Größe\n".encode("latin-1")
    assert parsed(written(tmp_path, "x.txt", content)).blocks[0].text == "utf: Größe und latin: Größe"


def test_a_log_with_a_few_zero_bytes_is_text(tmp_path: Path):
    content = b"line of a log\n" * 100 + bytes(8) + b"last line\n"
    assert parsed(written(tmp_path, "x.log", content)).blocks[-1].text.endswith("last line")


def test_a_line_of_ten_megabytes(tmp_path: Path):
    extraction = parsed(written(tmp_path, "x.txt", "word " * 2_000_000))
    assert sum(len(block.text) + 1 for block in extraction.blocks) == 10_000_000
    assert max(len(block.text) for block in extraction.blocks) <= 20_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", 'name,size\n"a, b",1\nc,2\n'),
        ("x.csv", 'name;size\n"a, b";1\nc;2\n'),
        ("x.csv", 'sep=;\r\nname;size\r\n"a, b";1\r\nc;2\r\n'),
        ("x.tsv", "name\tsize\na, b\t1\nc\t2\n"),
        ("x.tsv", 'name\tsize\n"a,\nb"\t1\nc\t2\n'),
    ],
)
def test_delimited_text_is_one_table(tmp_path: Path, name: str, content: str):
    [table] = parsed(written(tmp_path, name, content)).tables
    assert table.cells == [["name", "size"], ["a, b", "1"], ["c", "2"]]
    assert "<th>name</th>" in table.html


def _european(rows: int) -> list[list[str]]:
    return [
        ["Teil", "Adresse", "Preis"],
        *([f"Ventil {n}", f"Gasse {n}, Hof 2", f"{n},5{n % 10}"] for n in range(rows)),
    ]


@pytest.mark.parametrize("columns", [[0, 2], [0, 1], [2, 2], [0, 1, 2]])
@pytest.mark.parametrize("start", [0, 1])  # with and without the names of the columns
def test_semicolons_part_fields_that_hold_commas(tmp_path: Path, columns: list[int], start: int):
    rows = [[row[column] for column in columns] for row in _european(40)][start:]
    [table] = parsed(written(tmp_path, "x.csv", "".join(";".join(row) + "\r\n" for row in rows))).tables
    assert table.cells == rows


def test_commas_part_fields_that_hold_semicolons(tmp_path: Path):
    content = "name,tags,note\na,red; blue,x\nb,green,y\n" + 'c,"one;two, three",z\n'
    [table] = parsed(written(tmp_path, "x.csv", content)).tables
    assert [len(row) for row in table.cells] == [3, 3, 3, 3]
    assert table.cells[3] == ["c", "one;two, three", "z"]


def test_xml_without_tags(tmp_path: Path):
    extraction = parsed(written(tmp_path, "x.xml", '<?xml version="1.0"?><!-- no --><a><b>One &amp; two</b></a>'))
    assert [block.text for block in extraction.blocks] == ["One & two"]


def test_xml_says_what_stands_in_its_attributes(tmp_path: Path):
    text = """<?xml version="1.0"?><beans xmlns="http://example.org/b" xmlns:x='y'><bean name="a&gt;b" when='x > 3'/>
    <port no="8443">TLS</port></beans>"""
    blocks = parsed(written(tmp_path, "x.xml", text)).blocks
    lines = [line for block in blocks for line in block.text.split("\n")]
    assert lines == [
        """bean name="a>b" when='x > 3'""",
        'port no="8443"',
        "TLS",
    ]


@pytest.mark.parametrize("name", ["x.yaml", "x.py", "x.toml"])
def test_code_keeps_its_indentation(tmp_path: Path, name: str):
    content = "pump:\r\n  valve:\r\n\r\n    - size: 3\r\n\r\n\r\nmotor:\r\n\tpower: 5\r\n"
    assert [(block.kind, block.text) for block in parsed(written(tmp_path, name, content)).blocks] == [
        ("code", "pump:\n  valve:\n\n    - size: 3"),
        ("code", "motor:\n\tpower: 5"),
    ]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_json_says_the_characters_that_its_escapes_stand_for(tmp_path: Path, name: str):
    content = '{"Gr\\u00f6\\u00DFe": "R\\u00fcckschlag\\nventil \\ud83d\\ude00 c:\\\\u00fc \\ud83d"}\n{"n": 1.50}\n'
    [block] = parsed(written(tmp_path, name, content)).blocks
    assert (block.kind, block.text) == (
        "code",
        '{"Größe": "Rückschlag\nventil \U0001f600 c:\\u00fc \ufffd"}\n{"n": 1.50}',
    )


def test_a_lone_quotation_mark_swallows_no_rows(tmp_path: Path):
    text = 'part\tsize\n"1/2 inch pipe\t5\nb\t6\nc\t"7\nd\t8\n'
    [table] = parsed(written(tmp_path, "x.tsv", text)).tables
    assert table.cells == [["part", "size"], ['"1/2 inch pipe', "5"], ["b", "6"], ["c", '"7'], ["d", "8"]]


def test_xml_with_declarations_inside_and_text_as_it_is(tmp_path: Path):
    text = """<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE a [<!ENTITY e "crane"> <!-- > -->]>
    <a>Größe &lt; 3<![CDATA[x < y && <z>]]></a>"""
    extraction = parsed(written(tmp_path, "x.xml", text.encode("latin-1")))
    assert [block.text for block in extraction.blocks] == ["Größe < 3x < y && <z>"]
