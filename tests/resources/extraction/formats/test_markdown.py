"""Markdown and the dialects of documentation tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resources.extraction.files import parsed, png, written


def test_structure(tmp_path: Path):
    text = (
        "# One\n\npara with `code` and [link](x.md)\n\n- a\n- b\n\n"
        "## Two\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    extraction = parsed(written(tmp_path, "x.md", text))
    assert [(block.kind, block.text, block.heading_path) for block in extraction.blocks] == [
        ("title", "One", ()),
        ("text", "para with code and link", ("One",)),
        ("list_item", "a", ("One",)),
        ("list_item", "b", ("One",)),
        ("title", "Two", ("One",)),
        ("code", "x = 1", ("One", "Two")),
    ]
    assert extraction.tables[0].cells == [["a", "b"], ["1", "2"]]
    assert extraction.tables[0].heading_path == ("One", "Two")


@pytest.mark.parametrize(
    "text",
    ["---\ntitle: From the matter\ntags: [a]\n---\n# Body\ntext", '+++\ntitle = "From the matter"\n+++\n# Body\ntext'],
    ids=["yaml", "toml"],
)
def test_front_matter_title_is_the_documents(tmp_path: Path, text: str):
    extraction = parsed(written(tmp_path, "x.md", text))
    assert extraction.title == "From the matter"
    assert extraction.blocks[-1].heading_path == ("From the matter", "Body")
    assert "tags" not in " ".join(block.text for block in extraction.blocks)


@pytest.mark.parametrize(
    ("text", "link", "caption"),
    [
        ("![An alt](<pics/a b.png> 'A title')", "pics/a%20b.png", "A title"),
        ('<p align="center"><img src="a.png" alt="An alt"/></p>', "a.png", ""),
        ("![[a.png|An alt]]", "a.png", ""),
        ('{{< figure src="/img/a.png" alt="An alt" caption="Said" >}}', "/img/a.png", "Said"),
        ("<img src={require('./a.png').default} alt=\"An alt\" />", "./a.png", ""),
        ("<img src={useBaseUrl('/img/a.png')} alt='An alt'/>", "/img/a.png", ""),
        ("```{figure} a.png\n:alt: An alt\nSaid here\n```", "a.png", "Said here"),
        ("![An alt][ref]\n\n[ref]: a.png", "a.png", ""),
        ("!!! note\n    ![An alt](a.png)", "a.png", ""),
        ("![An alt](a.png){ width=300 }", "a.png", ""),
        ("<figure>\n![An alt](a.png)\n</figure>", "a.png", ""),
        ('<figure className={"c"} style={{width: "50%"}}>\n  ![An alt](a.png)\n</figure>', "a.png", ""),
        ("<figure>![An alt](a.png)<figcaption>Said</figcaption></figure>", "a.png", "Said"),
        ("![An alt](a.png)\n\nFigure 3: Said below", "a.png", "Figure 3: Said below"),
    ],
)
def test_pictures_of_every_dialect(tmp_path: Path, text: str, link: str, caption: str):
    extraction = parsed(written(tmp_path, "x.md", f"# T\n\nbefore\n\n{text}\n"), read_link=lambda target: png())
    [figure] = extraction.figures
    assert (figure.link, figure.alt, figure.caption) == (link, "An alt", caption)
    assert figure.before.endswith("before")


def test_words_for_machines_only_are_left_out(tmp_path: Path):
    text = (
        "import Tabs from '@theme/Tabs'\n\n# T\n\n:::warning[Mind this]\n\nbody\n\n:::\n\n{{< toc >}}\n\n"
        '!!! tip "Title"\n    inside\n\nafter\n\n```\nimport kept from "code"\n:::\n```\n'
    )
    blocks = [block.text for block in parsed(written(tmp_path, "x.md", text)).blocks]
    assert blocks == ["T", "Mind this", "body", "Title", "inside", "after", 'import kept from "code"\n:::']


def test_marks_go_and_the_words_between_them_stay(tmp_path: Path):
    text = (
        "{{< note >}}said{{< /note >}}\n\n{{% alert %}} heard {{% /alert %}}\n\nsee `{{< ref >}}`\n\n"
        "!!! warning Without quotes\n    body\n\nTerm[^1]\n\n[^1]: used\n[^2]: never used\n"
    )
    blocks = [block.text for block in parsed(written(tmp_path, "x.md", text)).blocks]
    assert blocks == ["said", "heard", "see {{< ref >}}", "Without quotes", "body", "Term[1]", "never used", "used ↩︎"]


@pytest.mark.parametrize("depth", [10, 30, 200])
def test_deep_lists_and_quotations_lose_nothing(tmp_path: Path, depth: int):
    items = "".join(f"{'  ' * level}- item {level}\n" for level in range(depth))
    extraction = parsed(written(tmp_path, "x.md", f"{items}\nbetween\n\n{'>' * depth} quoted\n\nafter\n"))
    blocks = [block.text for block in extraction.blocks]
    assert blocks == [*(f"item {level}" for level in range(depth)), "between", "quoted", "after"]
    assert extraction.warnings == []


@pytest.mark.parametrize("mark", [">", "- ", "["])
def test_nesting_beyond_the_parser_is_read_as_plain_text_and_said(tmp_path: Path, mark: str):
    extraction = parsed(written(tmp_path, "x.md", f"before\n\n{mark * 10_000} deep words\n\nafter\n"))
    text = "\n".join(block.text for block in extraction.blocks)
    assert text.startswith("before")
    assert "deep words" in text
    assert text.endswith("after")
    assert [warning.kind for warning in extraction.warnings] == ["too_deep"]


def test_thousands_of_missing_pictures(tmp_path: Path):
    text = "# T\n" + "".join(f"![alt {i}](img{i}.png)\n\ntext {i}\n\n" for i in range(5000))
    extraction = parsed(written(tmp_path, "x.md", text))
    assert len(extraction.blocks) == 5001
    assert {figure.image_id for figure in extraction.figures} == {None}
    assert [warning.kind for warning in extraction.warnings] == ["too_many_figures"]


def test_links_reach_the_resolver_as_they_are_written(tmp_path: Path):
    links = ["../../etc/passwd.png", "/etc/shadow.png", "a%2F..%2Fb.png", "..\\x.png"]
    asked: list[str] = []
    text = "text\n\n" + "\n\n".join(f'<img src="{link}">' for link in links)
    parsed(written(tmp_path, "x.md", text), read_link=lambda target: asked.append(target))
    assert asked == links
