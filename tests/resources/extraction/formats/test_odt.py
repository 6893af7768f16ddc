"""OpenDocument texts: what their XML says in every place that a reader sees, and files that are damaged."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from codices.resources.extraction.formats.office.odf_xml import NS
from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import parsed, png, written

NAMESPACES = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NS.items())
STYLES = """<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Caption" style:family="paragraph"/>
<style:style style:name="Figure" style:family="paragraph" style:parent-style-name="Caption"/>"""
SIZE = 'svg:width="8cm" svg:height="5cm"'


def part(body: str, kind: str = "content", before: str = "") -> str:
    return f"{before}<office:document-{kind} {NAMESPACES}>{body}</office:document-{kind}>"


def content(body: str, styles: str = "", before: str = "") -> str:
    automatic = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    return part(f"{automatic}<office:body><office:text>{body}</office:text></office:body>", before=before)


def package(parts: dict[str, str | bytes], media_type: str = "application/vnd.oasis.opendocument.text") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"mimetype": media_type, **parts}.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def odt(folder: Path, body: str, parts: dict[str, str | bytes] | None = None, styles: str = "") -> Path:
    common = {"styles.xml": part(f"<office:styles>{STYLES}</office:styles>", "styles")}
    return written(folder, "x.odt", package({"content.xml": content(body, styles), **common, **(parts or {})}))


def test_text_lists_and_headings_below_a_title(tmp_path: Path):
    body = """<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>
    </text:changed-region></text:tracked-changes><text:p text:style-name="P1">The title</text:p>
    <text:h text:outline-level="1"><text:number>1.</text:number>One</text:h>
    <text:p>a<text:s text:c="2"/>b<text:tab/>c
      d<text:line-break/>e <text:date>1 May</text:date> <text:user-defined>field</text:user-defined>
      <text:placeholder>&lt;name&gt;</text:placeholder> <text:text-input>typed</text:text-input>
      <text:ruby><text:ruby-base>base</text:ruby-base><text:ruby-text>over</text:ruby-text></text:ruby></text:p>
    <text:list><text:list-item><text:p>item</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item>
    </text:list></text:list-item></text:list>
    <text:p text:style-name="P2">if x:</text:p><text:p text:style-name="P2"><text:s text:c="4"/>run()</text:p>
    <text:section><text:p>in a section</text:p></text:section>
    <text:table-of-content><text:index-body><text:p>One 3</text:p></text:index-body></text:table-of-content>"""
    styles = "".join(
        f'<style:style style:name="{name}" style:family="paragraph" style:parent-style-name="{parent}"/>'
        for name, parent in (("P1", "Title"), ("P2", "Preformatted_20_Text"))
    )
    meta = part("<office:meta><dc:title>Told</dc:title></office:meta>", "meta")
    extraction = parsed(odt(tmp_path, body, {"meta.xml": meta}, styles))
    assert extraction.title == "Told"
    under = ("The title", "One")
    assert [(block.kind, block.text, block.heading_path) for block in extraction.blocks] == [
        ("title", "The title", ()),
        ("title", "One", ("The title",)),
        ("text", "a b c d\ne 1 May field <name> typed base(over)", under),
        ("list_item", "item", under),
        ("list_item", "inner", under),
        ("code", "if x:\n    run()", under),
        ("text", "in a section", under),
        ("text", "One 3", under),
    ]


def test_notes_comments_headers_and_footers(tmp_path: Path):
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"
    comment = "<office:annotation><dc:creator>Ann</dc:creator><dc:date>2024</dc:date>{}</office:annotation>"
    body = f"""<text:p>Words{note.format("<text:p>A foot</text:p>")}
    {comment.format("<text:p>Why?</text:p>")} go on</text:p>
    <text:p>More{note.format("<text:p>Another</text:p>")}</text:p>"""
    page = """<style:master-page><style:header><text:p>The firm</text:p></style:header>
    <style:header-left><text:p>The firm</text:p></style:header-left><style:footer><text:p>Page 1</text:p></style:footer>
    </style:master-page>"""
    styles = part(f"<office:master-styles>{page}</office:master-styles>", "styles")
    extraction = parsed(odt(tmp_path, body, {"styles.xml": styles}))
    assert [(block.kind, block.text) for block in extraction.blocks] == [
        ("header", "The firm"),
        ("text", "Words go on"),
        ("text", "More"),
        ("note", "A foot"),
        ("note", "Another"),
        ("note", "Ann: Why?"),
        ("footer", "Page 1"),
    ]


def test_tables_with_spans_repeated_cells_and_tables_in_cells(tmp_path: Path):
    inner = "<table:table><table:table-row>{}</table:table-row></table:table>".format(
        "".join(f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in ("in", "side"))
    )
    body = f"""<table:table><table:table-header-rows><table:table-row>
    <table:table-cell table:number-columns-spanned="2"><text:p>Wide</text:p></table:table-cell>
    <table:covered-table-cell/></table:table-row></table:table-header-rows>
    <table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>High</text:p></table:table-cell>
    <table:table-cell><text:p>x</text:p>{inner}<text:list><text:list-item><text:p>y</text:p></text:list-item></text:list>
    </table:table-cell></table:table-row>
    <table:table-row><table:covered-table-cell/><table:table-cell><text:p>z</text:p></table:table-cell></table:table-row>
    <table:table-row table:number-rows-repeated="2">
    <table:table-cell table:number-columns-repeated="2"><text:p>same</text:p></table:table-cell></table:table-row>
    </table:table>"""
    outer, nested = parsed(odt(tmp_path, body)).tables
    assert outer.cells == [["Wide", None], ["High", "x\ny"], [None, "z"], ["same", "same"], ["same", "same"]]
    assert '<th colspan="2">Wide</th>' in outer.html
    assert nested.cells == [["in", "side"]]


def test_many_repeated_cells_stay_few(tmp_path: Path):
    cell = '<table:table-cell table:number-columns-repeated="999999999"><text:p>a</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="999999999">{cell * 2}</table:table-row>'
    [table] = parsed(odt(tmp_path, f"<table:table>{row}</table:table>")).tables
    assert (len(table.cells), len(table.cells[0])) == (100, 200)


def test_pictures_text_boxes_and_shapes(tmp_path: Path):
    def picture(name: str, more: str = "", size: str = SIZE) -> str:
        return f'<draw:frame {size}><draw:image xlink:href="{name}"/>{more}</draw:frame>'

    def box(inside: str) -> str:
        return f"<text:p><draw:frame {SIZE}><draw:text-box>{inside}</draw:text-box></draw:frame></text:p>"

    cells = "".join(f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in ("a", "b"))
    alt = "<svg:title>A pump</svg:title><svg:desc>cut open</svg:desc>"
    body = f"""<text:p>{picture("Pictures/a.png", alt)}</text:p>
    {box(f'<text:p text:style-name="Figure">{picture("Pictures/b.png")}Figure 1: First</text:p>')}
    {box(f'<text:p text:style-name="Figure">{picture("Pictures/c.png")}Figure 2: Second</text:p>')}
    {box(f"<text:p>In a frame</text:p><table:table><table:table-row>{cells}</table:table-row></table:table>")}
    <text:p><draw:custom-shape><svg:desc>An arrow</svg:desc><text:p>On a shape</text:p></draw:custom-shape></text:p>
    <text:p><draw:g><draw:rect><text:p>In a group</text:p></draw:rect></draw:g></text:p>
    <text:p>Icon {picture("Pictures/d.png", size='svg:width="4mm" svg:height="4mm"')} here</text:p>
    <text:p>{picture("../d.png", "<svg:desc>beside it</svg:desc>")}{picture("http://x/y.png")}</text:p>
    <table:table><table:table-row>{cells}<table:table-cell><text:p>{picture("./Pictures/e.png")}</text:p>
    </table:table-cell></table:table-row></table:table>"""
    files: dict[str, str | bytes] = {f"Pictures/{name}.png": png(shade=20 * n) for n, name in enumerate("abcde")}
    links: list[str] = []

    def read_link(target: str) -> bytes | None:
        links.append(target)
        return png(shade=200)

    extraction = parsed(odt(tmp_path, body, files), read_link=read_link)
    assert [(figure.alt, figure.caption) for figure in extraction.figures] == [
        ("A pump cut open", ""),
        ("", "Figure 1: First"),
        ("", "Figure 2: Second"),
        ("An arrow", ""),
        ("beside it", ""),
        ("", ""),
    ]
    assert links == ["d.png"]
    assert [table.cells for table in extraction.tables] == [[["a", "b"]], [["a", "b", ""]]]
    text = [block.text for block in extraction.blocks if block.kind != "caption"]
    assert text == ["In a frame", "On a shape", "In a group", "Icon here"]
    assert not extraction.warnings


def test_charts_and_formulas(tmp_path: Path):
    def cell(text: str, kind: str = "string") -> str:
        return f'<table:table-cell office:value-type="{kind}"><text:p>{text}</text:p></table:table-cell>'

    chart = f"""<office:body><office:chart><chart:chart><chart:title><text:p>Sales of pumps</text:p></chart:title>
    <chart:plot-area><chart:axis><chart:title><text:p>Quarter</text:p></chart:title></chart:axis></chart:plot-area>
    <table:table><table:table-header-rows><table:table-row>{cell("")}{cell("Small")}{cell("Large")}</table:table-row>
    </table:table-header-rows><table:table-row>{cell("First")}{cell("17", "float")}</table:table-row>
    </table:table></chart:chart></office:chart></office:body>"""
    formula = f"<math xmlns='{NS['math']}'><mi>a</mi><mo>+</mo><mn>1</mn><annotation>a + 1</annotation></math>"

    def frame(n: int) -> str:
        replacement = f'<draw:image xlink:href="./ObjectReplacements/Object {n}"/>'
        return f'<draw:frame {SIZE}><draw:object xlink:href="./Object {n}"/>{replacement}</draw:frame>'

    body = f"<text:p>{frame(1)}</text:p><text:p>Take {frame(2)} here</text:p><text:p>{frame(3)}</text:p>"
    files: dict[str, str | bytes] = {
        "Object 1/content.xml": part(chart),
        "Object 2/content.xml": formula,
        "Object 3/content.xml": part(chart.replace("pumps", "valves")),
        "ObjectReplacements/Object 1": png(),
        "ObjectReplacements/Object 2": png(),
        "ObjectReplacements/Object 3": b"VCLMTF\x01\x00",
    }
    extraction = parsed(odt(tmp_path, body, files))
    assert [block.text for block in extraction.blocks] == ["Take a+1 here"]
    assert [(figure.caption, figure.words) for figure in extraction.figures] == [
        ("Sales of pumps", "Quarter Small Large First"),
        ("Sales of valves", "Quarter Small Large First"),
    ]
    assert [figure.image_id is None for figure in extraction.figures] == [False, True]
    assert not extraction.warnings


DEEP = "<text:section>" * 5000 + "<text:p>deep</text:p>" + "</text:section>" * 5000
ENTITIES = '<!DOCTYPE x [<!ENTITY a "laugh"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({}, "corrupt"),
        ({"content.xml": content("<text:p>cut")[:-40]}, "corrupt"),
        ({"content.xml": b"\x00\x01"}, "corrupt"),
        ({"content.xml": ""}, "corrupt"),
        ({"content.xml": part("<office:body/>")}, "corrupt"),
        ({"content.xml": content(DEEP)}, "too_deep"),
        ({"content.xml": content("<text:p>&b;</text:p>", before=ENTITIES)}, "no_content"),
        ({"content.xml": content(""), "META-INF/manifest.xml": "<encryption-data/>"}, "encrypted"),
    ],
)
def test_bad_files_fail_with_a_reason(tmp_path: Path, parts: dict[str, str | bytes], kind: str):
    with pytest.raises(ExtractionError) as failure:
        parsed(written(tmp_path, "x.odt", package(parts)))
    assert failure.value.kind == kind


def test_damaged_parts_cost_themselves(tmp_path: Path):
    body = f"""<text:p text:style-name="Q">Words</text:p><text:p><draw:frame {SIZE}><svg:desc>Gone</svg:desc>
    <draw:image xlink:href="Pictures/gone.png"/></draw:frame></text:p>
    <text:p><draw:frame {SIZE}><draw:object xlink:href="./Object 1"/></draw:frame></text:p>"""
    styles = '<style:style style:name="Q" style:family="paragraph" style:parent-style-name="Q"/>'
    broken: dict[str, str | bytes] = {"styles.xml": "<x", "meta.xml": b"\xff\xfe", "Object 1/content.xml": "no XML"}
    extraction = parsed(odt(tmp_path, body, broken, styles))
    assert [block.text for block in extraction.blocks] == ["Words"]
    assert [(figure.alt, figure.image_id) for figure in extraction.figures] == [("Gone", None)]
    assert [warning.kind for warning in extraction.warnings] == ["part_lost"]


def test_templates_are_read(tmp_path: Path):
    data = package(
        {"content.xml": content("<text:p>Words</text:p>")}, "application/vnd.oasis.opendocument.text-template"
    )
    assert [block.text for block in parsed(written(tmp_path, "x.ott", data)).blocks] == ["Words"]
