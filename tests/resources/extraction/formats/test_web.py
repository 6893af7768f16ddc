"""HTML: order, headings, tables with spans, figures and their words, and nothing that was only meant for machines."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import SVG, parsed, png, written


def test_blocks_come_in_order_with_their_headings(tmp_path: Path):
    page = """<html><head><title>The page</title><style>p{}</style></head><body><nav><a href=x>Menu</a></nav>
    <h1>One</h1><p>First   para<br>second line</p><h2>Two</h2><ul><li>a<ul><li>b</li></ul></li></ul>
    <h2>Three</h2>loose <b>text</b><pre>code
      kept</pre><script>alert(1)</script><p hidden>not this</p><footer>© all</footer></body></html>"""
    extraction = parsed(written(tmp_path, "page.html", page))
    assert extraction.title == "The page"
    assert [(block.kind, block.text, block.heading_path) for block in extraction.blocks] == [
        ("header", "Menu", ()),
        ("title", "One", ()),
        ("text", "First para\nsecond line", ("One",)),
        ("title", "Two", ("One",)),
        ("list_item", "a", ("One", "Two")),
        ("list_item", "b", ("One", "Two")),
        ("title", "Three", ("One",)),
        ("text", "loose text", ("One", "Three")),
        ("code", "code\n      kept", ("One", "Three")),
        ("footer", "© all", ("One", "Three")),
    ]


def test_table_with_spans_caption_and_nested_table(tmp_path: Path):
    page = """<table><caption>Speeds</caption><tr><th rowspan=2>Name<th colspan=2>Rate</tr><tr><td>low<td>high</tr>
    <tr><td>A &lt; B<td>1<td><table><tr><td>x<td>y</tr></table></tr></table>"""
    outer, inner = parsed(written(tmp_path, "t.html", page)).tables
    assert outer.caption == "Speeds"
    assert outer.cells == [["Name", "Rate", None], [None, "low", "high"], ["A < B", "1", ""]]
    assert '<th rowspan="2">Name</th>' in outer.html
    assert "A &lt; B" in outer.html
    assert inner.cells == [["x", "y"]]


def test_a_table_for_layout_is_read_through(tmp_path: Path):
    page = "<table><tr><td><h1>Head</h1><p>Words</p></td><td><table><tr><th>a<th>b</tr></table></td></tr></table>"
    extraction = parsed(written(tmp_path, "t.html", page))
    assert [block.text for block in extraction.blocks] == ["Head", "Words"]
    assert [table.cells for table in extraction.tables] == [[["a", "b"]]]


def test_figures_know_the_words_around_them(tmp_path: Path):
    before, after = "before " * 100, "after " * 100
    data = base64.b64encode(png()).decode()
    page = f"""<h1>Top</h1><p>{before}</p><figure><img src="img/a.png?v=2" alt="An engine">
    <figcaption>The cut</figcaption></figure><p>{after}</p><p><img src="data:image/png;base64,{data}" alt="inline"></p>
    <p>Figure 2: Inline</p>"""
    links: list[str] = []

    def read_link(target: str) -> bytes | None:
        links.append(target)
        return png(shade=7) if target.startswith("img/") else None

    extraction = parsed(written(tmp_path, "f.html", page), read_link=read_link)
    first, second = extraction.figures
    assert links == ["img/a.png?v=2"] == extraction.draws_in
    assert (first.link, first.alt, first.caption, first.heading_path) == (
        "img/a.png?v=2",
        "An engine",
        "The cut",
        ("Top",),
    )
    assert 480 <= len(first.before) <= 500
    assert first.before.startswith("before ")
    assert 290 <= len(first.after) <= 300
    assert first.after.endswith("after")
    assert (second.link, second.caption) == (None, "Figure 2: Inline")
    assert set(extraction.pictures) == {first.image_id, second.image_id}


def test_decorations_are_no_figures(tmp_path: Path):
    page = f"""<p>text</p><img src="icon.png"><img src="wide.png" width=600 height=2>
    <img src="big.png" width=16 height=16>{'<p>row <img src="logo.png"></p>' * 6}<nav><img src="menu.png"></nav>"""
    sizes = {"icon.png": (24, 24), "wide.png": (600, 2), "logo.png": (90, 90)}
    extraction = parsed(written(tmp_path, "d.html", page), read_link=lambda target: png(*sizes.get(target, (300, 200))))
    assert extraction.figures == []
    assert extraction.pictures == {}


def test_a_picture_shown_again_and_again_is_kept_once_for_each_of_its_alt_texts(tmp_path: Path):
    page = "".join(f'<p>Step {n}</p><img src="a.png" alt="login {n % 3}"><img src="b.png">' for n in range(6))
    extraction = parsed(
        written(tmp_path, "d.html", page), read_link=lambda target: png(300, 200, 7 if target == "a.png" else 9)
    )
    assert [(figure.link, figure.alt, figure.before[-6:]) for figure in extraction.figures] == [
        ("a.png", "login 0", "Step 0"),
        ("b.png", "", "Step 0"),
        ("a.png", "login 1", "Step 1"),
        ("a.png", "login 2", "Step 2"),
    ]


def test_a_caption_of_two_lines_is_not_the_next_pictures_caption(tmp_path: Path):
    page = """<p>x</p><figure><img src="a.png"><figcaption><p>Cap one</p><p>Legend one</p></figcaption></figure>
    <img src="b.png">"""
    extraction = parsed(written(tmp_path, "d.html", page), read_link=lambda target: png())
    assert [figure.caption for figure in extraction.figures] == ["Cap one\nLegend one", ""]


def test_words_in_unusual_places_are_read(tmp_path: Path):
    page = """<p>one</p><pre>code <img src="a.png" alt="in code"></pre><object data="x.swf">instead of flash</object>
    <dialog open>said</dialog><dialog>not yet</dialog>
    <iframe srcdoc="&lt;p&gt;framed &lt;b&gt;words&lt;/b&gt;"></iframe>
    </body></html><p>after the end</p>"""
    extraction = parsed(written(tmp_path, "x.html", page), read_link=lambda target: png())
    assert [block.text for block in extraction.blocks] == [
        "one", "code ", "instead of flash", "said", "framed words", "after the end",
    ]  # fmt: skip
    assert [figure.alt for figure in extraction.figures] == ["in code"]
    frames = (
        "<html><frameset cols='*'><frame src='a.html'><noframes><body><h1>Head</h1>words</body></noframes></frameset>"
    )
    blocks = parsed(written(tmp_path, "f.html", frames)).blocks
    assert [(block.kind, block.text) for block in blocks] == [("title", "Head"), ("text", "words")]


def test_the_words_of_a_form_are_read(tmp_path: Path):
    page = """<form>Size <select><optgroup><option>small<option selected>large</optgroup></select> please
    <textarea>typed
    words</textarea><input value="Ann"><input type="hidden" value="no"><input type="password" value="no">
    <input type="checkbox" value="no"><input type="submit" value="Send"><button>Back</button></form>
    <table><tr><td>a<td><select><option>b<option>c</select><tr><td>d<td><input value="e"></table>"""
    extraction = parsed(written(tmp_path, "x.html", page))
    assert [block.text for block in extraction.blocks] == [
        "Size", "small\nlarge", "please", "typed words", "Ann Send Back",
    ]  # fmt: skip
    assert [table.cells for table in extraction.tables] == [[["a", "b\nc"], ["d", "e"]]]


def test_urls_are_never_read(tmp_path: Path):
    page = """<p>text</p><img src="https://example.org/a.png" alt="A remote chart"><img src="//x/b.png" alt="B two">
    <img src="file:///etc/passwd" alt="local file"><img src="http://x/pixel.gif">"""

    def read_link(target: str) -> bytes | None:
        raise AssertionError(target)

    extraction = parsed(written(tmp_path, "u.html", page), read_link=read_link)
    assert [figure.alt for figure in extraction.figures] == ["A remote chart", "B two", "local file"]
    assert all(figure.image_id is None for figure in extraction.figures)
    assert extraction.draws_in == []


def test_a_drawing_in_the_page_is_a_figure_with_its_words(tmp_path: Path):
    extraction = parsed(written(tmp_path, "s.html", f"<p>see</p>{SVG}<p>end</p>"))
    [figure] = extraction.figures
    assert figure.words == "Throughput in requests"
    assert figure.image_id in extraction.pictures


def test_deep_nesting_loses_no_words(tmp_path: Path):
    for tags in ("<div>", "<b>", "<ul><li>", "<x-a>", "<font><tt>"):
        extraction = parsed(written(tmp_path, "n.html", f"<p>start</p>{tags * 20_000}deep words<p>after"))
        text = " ".join(block.text for block in extraction.blocks)
        assert "start" in text
        assert "deep words" in text
        assert "after" in text
    with pytest.raises(ExtractionError) as failure:
        parsed(written(tmp_path, "n.html", f"<p>start</p>{'<h1>' * 5000}deep words"))
    assert failure.value.kind == "too_deep"


@pytest.mark.parametrize("break_", ["&shy;", "&#173;", "&#xAD;", "\u00ad", "&#8203;", "\u200b", "&ZeroWidthSpace;"])
def test_places_where_a_word_may_break_are_no_part_of_it(tmp_path: Path, break_: str):
    page = f"<h1>Rück{break_}schlag</h1><p>Das Rück{break_}schlag{break_}ventil</p>"
    extraction = parsed(written(tmp_path, "p.html", page))
    assert [block.text for block in extraction.blocks] == ["Rückschlag", "Das Rückschlagventil"]


@pytest.mark.parametrize(
    "attributes",
    [
        'src="blank.gif" data-src="curve.png"',
        'src="img/spacer-1.gif" data-lazy="curve.png"',
        'data-srcset="curve.png 1x, other.png 2x"',
        'src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP" data-original="curve.png"',
    ],
)
def test_a_picture_that_is_loaded_late(tmp_path: Path, attributes: str):
    picture = png()
    links = {"curve.png": picture}
    [figure] = parsed(written(tmp_path, "p.html", f"<p>x</p><img {attributes} alt='A curve'>"), None, links.get).figures
    assert (figure.link, figure.alt) == ("curve.png", "A curve")
    assert figure.image_id


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td class=linenos><pre>1\n2</pre></td><td><pre><b>if</b> x:\n    run()\n</pre></td></tr></table>",
        "<table><tr><td data-line-number=1></td><td class=blob-code>if x:</td></tr>"
        "<tr><td></td><td class=blob-code>    run()</td></tr></table>",
    ],
)
def test_code_beside_its_line_numbers_is_code(tmp_path: Path, table: str):
    extraction = parsed(written(tmp_path, "p.html", f"<p>Before</p>{table}"))
    assert [(b.kind, b.text) for b in extraction.blocks] == [("text", "Before"), ("code", "if x:\n    run()")]
    assert not extraction.tables


def test_exponents_stand_high_and_lists_start_where_they_say(tmp_path: Path):
    page = """<p>10<sup>6</sup> and 10<sup>-3</sup> m<sup>2</sup></p>
    <ol start=4><li>four</li><li value=9><p>nine</p></li></ol>
    <ol><li>plain</li></ol><table><tr><td>a<td>10<sup>7</sup></table>"""
    extraction = parsed(written(tmp_path, "p.html", page))
    assert [b.text for b in extraction.blocks] == ["10⁶ and 10⁻³ m²", "4. four", "9. nine", "plain"]
    assert extraction.tables[0].cells == [["a", "10⁷"]]
