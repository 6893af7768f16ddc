"""DOCX, PPTX and XLSX made with the usual libraries: nothing on the page is lost, and it comes in order."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches as DocxInches
from docx.shared import Pt as DocxPt
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as SheetImage
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from codices.resources.extraction.common.cell_values import shown
from codices.resources.extraction.formats.office.office_xml import chart_words
from codices.resources.extraction.formats.pptx import in_order
from tests.resources.extraction.files import parsed, png, with_entry, written


def picture(**options: int) -> io.BytesIO:
    return io.BytesIO(png(**options))


def word_file(path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "The manual"
    document.sections[0].header.paragraphs[0].text = "Running head"
    document.add_heading("Pumps", 1)
    document.add_paragraph("Before the picture.")
    paragraph = document.add_paragraph()
    run = paragraph.add_run()
    run.add_picture(picture(), width=DocxInches(3))
    run._r.xpath(".//wp:docPr")[0].set("descr", "A pump in section")
    document.add_paragraph("Figure 1: The pump", style="Caption")
    document.add_heading("Parts", 2)
    document.add_paragraph("first", style="List Bullet")
    table = document.add_table(3, 3)
    table.cell(0, 0).text, table.cell(0, 2).text = "Wide", "End"
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).text, table.cell(1, 1).text, table.cell(1, 2).text = "Tall", "b", "c"
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(2, 1).text, table.cell(2, 2).text = "e", "f"
    icon = document.add_paragraph().add_run()
    icon.add_picture(picture(shade=9), width=DocxPt(20))
    frame = document.add_table(1, 1)
    frame.cell(0, 0).text = "Framed"
    deleted = document.add_paragraph("kept ")
    removal = OxmlElement("w:del")
    removal.append(deleted.add_run("gone")._r)
    deleted._p.append(removal)
    document.save(str(path))
    return path


def test_word(tmp_path: Path):
    extraction = parsed(word_file(tmp_path / "x.docx"))
    assert extraction.title == "The manual"
    assert [(block.kind, block.text) for block in extraction.blocks] == [
        ("header", "Running head"),
        ("title", "Pumps"),
        ("text", "Before the picture."),
        ("caption", "Figure 1: The pump"),
        ("title", "Parts"),
        ("list_item", "first"),
        ("text", "Framed"),
        ("text", "kept"),
    ]
    [table] = extraction.tables
    assert table.cells == [["Wide", None, "End"], ["Tall", "b", "c"], [None, "e", "f"]]
    assert 'colspan="2"' in table.html
    assert 'rowspan="2"' in table.html
    assert table.heading_path == ("Pumps", "Parts")
    [figure] = extraction.figures
    assert (figure.alt, figure.caption, figure.heading_path) == ("A pump in section", "Figure 1: The pump", ("Pumps",))
    assert figure.before.endswith("Before the picture.")
    assert figure.after.startswith("Parts first Wide End")
    assert list(extraction.pictures) == [figure.image_id]


def test_word_text_boxes_and_notes(tmp_path: Path):
    body = """<w:p><w:r><w:t>Outside</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>
    <wps:wsp><wps:txbx><w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent></wps:txbx></wps:wsp>
    </w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent><w:p><w:r>
    <w:t>In the box</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback>
    </mc:AlternateContent></w:r></w:p>"""
    spaces = " ".join(
        f'xmlns:{prefix}="{uri}"'
        for prefix, uri in {
            "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
            "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
            "v": "urn:schemas-microsoft-com:vml",
        }.items()
    )
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    xml = f"<w:document {spaces}><w:body>{body}</w:body></w:document>".encode()
    path = tmp_path / "x.docx"
    path.write_bytes(with_entry(buffer.getvalue(), "word/document.xml", xml))
    assert [block.text for block in parsed(path).blocks] == ["Outside", "In the box"]
    # The same box in a header, where the old form of it would be read a second time.
    header = f"<w:hdr {spaces}>{body}</w:hdr>".encode()
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Head"
    document.save(buffer := io.BytesIO())
    path.write_bytes(with_entry(buffer.getvalue(), "word/header1.xml", header))
    assert [block.text for block in parsed(path).blocks] == ["Outside\nIn the box"]


def test_a_picture_in_a_text_box_is_found_once(tmp_path: Path):
    document: Any = docx.Document()
    document.add_paragraph("Words")
    paragraph: Any = document.add_paragraph()
    paragraph.add_run().add_picture(picture(), width=DocxInches(2))
    inner = etree.tostring(paragraph._p).decode()
    shape = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
    box = f"""<w:p xmlns:w="{W}" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
    xmlns:a="{A}" xmlns:wps="{shape}"><w:r><w:drawing><wp:inline><wp:docPr id="1" name="b" descr="A frame"/><a:graphic>
    <a:graphicData uri="{shape}"><wps:wsp><wps:txbx><w:txbxContent>{inner}</w:txbxContent></wps:txbx></wps:wsp>
    </a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"""
    paragraph._p.getparent().replace(paragraph._p, etree.fromstring(box))
    document.save(str(tmp_path / "x.docx"))
    frame, inside = parsed(tmp_path / "x.docx").figures
    assert (frame.alt, frame.image_id) == ("A frame", None)
    assert inside.image_id is not None


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_part(
    archive: bytes, owner: str, relation: str, name: str, content_type: str, content: bytes, relation_id: str = "rIdNew"
) -> bytes:
    """An Office file with one more part that its part `owner` refers to."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        folder, _, file = owner.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels"
        links, types = old.read(rels).decode(), old.read("[Content_Types].xml").decode()
    link = f'<Relationship Id="{relation_id}" Type="{RELATIONS}/{relation}" Target="/{name}"/></Relationships>'
    archive = with_entry(archive, rels, links.replace("</Relationships>", link).encode())
    part = f'<Override PartName="/{name}" ContentType="{content_type}"/></Types>'
    archive = with_entry(archive, "[Content_Types].xml", types.replace("</Types>", part).encode())
    return with_entry(archive, name, content)


def test_word_comments_notes_and_inserted_documents(tmp_path: Path):
    document: Any = docx.Document()
    paragraph = document.add_paragraph("20 ")
    symbol = OxmlElement("w:sym")
    symbol.set(qn("w:font"), "Symbol")
    symbol.set(qn("w:char"), "F0B0")
    paragraph.add_run()._r.append(symbol)
    paragraph.add_run("C")
    document.add_comment(paragraph.runs, text="Too warm", author="Ann", initials="A")
    inserted = OxmlElement("w:altChunk")
    inserted.set(qn("r:id"), "rIdNew")
    document.element.body.insert(1, inserted)
    buffer = io.BytesIO()
    document.save(buffer)
    page = b"<html><body><p>From a page</p></body></html>"
    data = with_part(buffer.getvalue(), "word/document.xml", "aFChunk", "word/a.html", "text/html", page)
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in ("a", "b"))
    notes = f"""<w:footnotes xmlns:w="{W}"><w:footnote w:id="2"><w:p><w:r><w:t>A note</w:t></w:r></w:p>
    <w:tbl><w:tr>{cells}</w:tr></w:tbl></w:footnote></w:footnotes>"""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    data = with_part(data, "word/document.xml", "footnotes", "word/footnotes.xml", kind, notes.encode(), "rIdNotes")
    extraction = parsed(written(tmp_path, "x.docx", data))
    assert [(block.kind, block.text) for block in extraction.blocks] == [
        ("text", "20 °C"),
        ("text", "From a page"),
        ("note", "Too warm"),
        ("note", "A note"),
    ]
    assert [table.cells for table in extraction.tables] == [[["a", "b"]]]


def file_of_words(suffix: str) -> io.BytesIO:
    """A document, a show (pptx) or a workbook (xlsx) that says "Words"."""
    buffer = io.BytesIO()
    file: Any
    if suffix == "docx":
        file = docx.Document()
        file.add_paragraph("Words")
    elif suffix == "pptx":
        file = pptx.Presentation()
        file.slides.add_slide(file.slide_layouts[5]).shapes.title.text = "Words"
    else:
        file = openpyxl.Workbook()
        file.active["A1"] = "Words"
    file.save(buffer)
    return buffer


@pytest.mark.parametrize("name", ["x.docx", "x.pptx", "x.xlsx"])
def test_strict_office_open_xml(tmp_path: Path, name: str):
    buffer = file_of_words(name.removeprefix("x."))
    strict = io.BytesIO()
    transitional = rb"http://schemas\.openxmlformats\.org/(?!package|markup)(\w+)/2006/"
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(strict, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, re.sub(transitional, rb"http://purl.oclc.org/ooxml/\1/", old.read(entry)))
    extraction = parsed(written(tmp_path, name, strict.getvalue()))
    assert [block.text for block in extraction.blocks] == ["Words"]


def test_slides(tmp_path: Path):
    deck: Any = pptx.Presentation()
    for number in range(3):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number}"
        slide.shapes.add_picture(picture(shade=1), Inches(8.5), Inches(6.8), Inches(0.8), Inches(0.6))  # a logo
    slide = deck.slides[0]
    slide.notes_slide.notes_text_frame.text = "Say this"
    late = slide.shapes.add_textbox(Inches(1), Inches(5), Inches(4), Inches(1))
    late.text_frame.text = "below"
    shot = slide.shapes.add_picture(picture(shade=77), Inches(1), Inches(2), Inches(3), Inches(2))
    shot._element.xpath(".//p:cNvPr")[0].set("descr", "A screen")
    table = slide.shapes.add_table(2, 2, Inches(5), Inches(2), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "Head", "a", "b"
    table.cell(0, 0).merge(table.cell(0, 1))
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Revenue", (1, 2))
    chart = (
        deck.slides[1]
        .shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(4), Inches(3), data)
        .chart
    )
    chart.has_title = True
    chart.chart_title.text_frame.text = "Sales by year"
    deck.save(str(tmp_path / "x.pptx"))
    extraction = parsed(tmp_path / "x.pptx")
    assert [page.number for page in extraction.pages] == [1, 2, 3]
    assert [(b.page, b.kind, b.text) for b in extraction.blocks] == [
        (1, "title", "Slide 0"),
        (1, "text", "below"),
        (1, "note", "Say this"),
        (2, "title", "Slide 1"),
        (3, "title", "Slide 2"),
    ]
    assert extraction.tables[0].cells == [["Head", None], ["a", "b"]]
    assert extraction.tables[0].heading_path == ("Slide 0",)
    screen, sales = extraction.figures  # and not the logo
    assert (screen.page, screen.alt) == (1, "A screen")
    assert screen.box == pytest.approx((0.1, 2 / 7.5, 0.4, 4 / 7.5), abs=1e-3)
    assert (sales.caption, sales.words, sales.image_id) == ("Sales by year", "Revenue 2023 2024", None)


def test_comments_on_slides(tmp_path: Path):
    deck: Any = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Title"
    buffer = io.BytesIO()
    deck.save(buffer)
    space = "http://schemas.openxmlformats.org/presentationml/2006/main"
    comments = f'<p:cmLst xmlns:p="{space}"><p:cm idx="1"><p:text>Too short</p:text></p:cm></p:cmLst>'
    kind = "application/vnd.openxmlformats-officedocument.presentationml.comments+xml"
    data = with_part(
        buffer.getvalue(), "ppt/slides/slide1.xml", "comments", "ppt/comments/1.xml", kind, comments.encode()
    )
    extraction = parsed(written(tmp_path, "x.pptx", data))
    assert [(block.kind, block.text) for block in extraction.blocks] == [("title", "Title"), ("note", "Too short")]


def test_slides_are_read_by_columns():
    boxes = {
        "left head": (0.1, 0.2, 0.4, 0.3), "right head": (0.6, 0.2, 0.9, 0.3),
        "left text": (0.1, 0.4, 0.4, 0.8), "right text": (0.6, 0.4, 0.9, 0.8),
        "foot": (0.1, 0.85, 0.9, 0.95), "lost": None,
    }  # fmt: skip
    placed = [(box, name) for name, box in reversed(boxes.items())]
    assert in_order(placed) == ["left head", "left text", "right head", "right text", "foot", "lost"]


def test_grouped_shapes_know_their_place(tmp_path: Path):
    deck: Any = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    group.shapes.add_picture(picture(), Inches(1), Inches(1), Inches(2), Inches(2))
    group.left, group.top, group.width, group.height = Inches(5), Inches(3), Inches(4), Inches(4)
    deck.save(str(tmp_path / "x.pptx"))
    [figure] = parsed(tmp_path / "x.pptx").figures
    assert figure.box == pytest.approx((0.5, 0.4, 0.9, 7 / 7.5), abs=1e-3)


def test_sheets(tmp_path: Path):
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Ducks"
    sheet["A1"] = "Ducks per year"
    for r, row in enumerate((["Year", "Count", "Share"], [2020, 1200, 0.25], [2021, 1350.5, 0.3]), 3):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c, value)
            cell.number_format = {2: "#,##0.0", 3: "0%"}.get(c, "General")
    for r, row in enumerate((["From", None], ["a", "b"], [datetime.date(2024, 5, 1), True]), 10):
        for c, value in enumerate(row, 5):
            sheet.cell(r, c, value)
    sheet.merge_cells("E10:F10")
    chart = BarChart()
    chart.title = "Counts"
    chart.add_data(Reference(sheet, min_col=2, min_row=3, max_row=5), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=4, max_row=5))
    sheet.add_chart(chart, "A7")
    sheet.add_image(SheetImage(picture()), "H20")
    book.create_sheet("Empty")
    book.save(tmp_path / "x.xlsx")
    extraction = parsed(tmp_path / "x.xlsx")
    first, second = extraction.tables
    assert first.cells == [["Year", "Count", "Share"], ["2020", "1,200.0", "25%"], ["2021", "1,350.5", "30%"]]
    assert (first.caption, first.heading_path, first.page) == ("Ducks per year", ("Ducks",), 1)
    assert second.cells == [["From", None], ["a", "b"], ["2024-05-01", "TRUE"]]
    counts, image = extraction.figures
    assert (counts.caption, counts.words) == ("Counts", "Count 2020 2021")
    assert image.image_id in extraction.pictures
    assert first.order < counts.order < second.order < image.order


def test_sheets_keep_formulas_and_comments(tmp_path: Path):
    book: Any = openpyxl.Workbook()
    sheet = book.active
    for row in (["Item", "Count"], ["Pumps", 2], ["Total", "=SUM(B2:B2)"]):
        sheet.append(row)
    sheet["A2"].comment = Comment("Counted twice", "Ann")
    sheet["Z90"].comment = Comment("Beside everything", "Ann")
    book.save(tmp_path / "x.xlsx")
    extraction = parsed(tmp_path / "x.xlsx")
    assert extraction.tables[0].cells == [["Item", "Count"], ["Pumps", "2"], ["Total", "=SUM(B2:B2)"]]
    assert [(b.kind, b.text) for b in extraction.blocks] == [("note", "Counted twice"), ("note", "Beside everything")]


def test_pictures_in_cells_and_diagrams_on_sheets(tmp_path: Path):
    book: Any = openpyxl.Workbook()
    sheet = book.active
    for row in (["Part", "Look"], ["Pump", "#VALUE!"]):
        sheet.append(row)
    sheet.add_image(SheetImage(picture()), "D9")
    buffer = io.BytesIO()
    book.save(buffer)
    data = buffer.getvalue()
    rich = "http://schemas.microsoft.com/office/spreadsheetml/2017/richdata"
    data = with_entry(
        data,
        "xl/metadata.xml",
        f"""<metadata xmlns:xlrd="{rich}"><futureMetadata name="XLRICHVALUE"><bk><xlrd:rvb i="0"/></bk></futureMetadata>
        <valueMetadata><bk><rc t="1" v="0"/></bk></valueMetadata></metadata>""".encode(),
    )
    for name, xml in {
        "rdrichvalue": "<rvData><rv s='0'><v>0</v><v>5</v><v>A pump in blue</v></rv></rvData>",
        "rdrichvaluestructure": "<rvStructures><s><k n='_rvRel:LocalImageIdentifier'/><k n='CalcOrigin'/>"
        "<k n='Text'/></s></rvStructures>",
        "richValueRel": f"<richValueRels xmlns:r='{RELATIONS}'><rel r:id='rId1'/></richValueRels>",
    }.items():
        data = with_entry(data, f"xl/richData/{name}.xml", xml.encode())
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f"<Relationships xmlns='{package}'><Relationship Id='rId1' Target='../media/seen.png'/></Relationships>"
    data = with_entry(data, "xl/richData/_rels/richValueRel.xml.rels", link.encode())
    data = with_entry(data, "xl/media/seen.png", png(shade=99))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        cells = archive.read("xl/worksheets/sheet1.xml").replace(b'<c r="B2"', b'<c r="B2" vm="1"')
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    data = with_entry(data, "xl/worksheets/sheet1.xml", cells)
    space = "http://schemas.openxmlformats.org/drawingml/2006"
    frame = f"""<xdr:oneCellAnchor xmlns:xdr="{space}/spreadsheetDrawing"><xdr:from><xdr:row>20</xdr:row></xdr:from>
    <xdr:graphicFrame><a:graphic xmlns:a="{A}"><a:graphicData><dgm:relIds xmlns:dgm="{space}/diagram"
    xmlns:r="{RELATIONS}" r:dm="rIdNew"/></a:graphicData></a:graphic></xdr:graphicFrame></xdr:oneCellAnchor>"""
    end = drawing.rindex("</")
    data = with_entry(data, "xl/drawings/drawing1.xml", (drawing[:end] + frame + drawing[end:]).encode())
    diagram = f"""<dgm:dataModel xmlns:dgm="{space}/diagram" xmlns:a="{A}"><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p>
    </dgm:t></dgm:dataModel>"""
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    data = with_part(data, "xl/drawings/drawing1.xml", "diagramData", "xl/diagrams/data1.xml", kind, diagram.encode())
    extraction = parsed(written(tmp_path, "x.xlsx", data))
    assert extraction.tables[0].cells == [["Part", "Look"], ["Pump", ""]]
    in_cell, image, plan = extraction.figures
    assert in_cell.alt == "A pump in blue"
    assert in_cell.image_id in extraction.pictures
    assert image.image_id != in_cell.image_id
    assert plan.words == "Plan"


C, A = "http://schemas.openxmlformats.org/drawingml/2006/chart", "http://schemas.openxmlformats.org/drawingml/2006/main"
CX = "http://schemas.microsoft.com/office/drawing/2014/chartex"
CACHE = "<c:strCache><c:pt idx='0'><c:v>{}</c:v></c:pt></c:strCache>"
REFERENCE = f"<c:tx><c:strRef><c:f>S!A1</c:f>{CACHE}</c:strRef></c:tx>"


def test_words_of_charts():
    """Titles taken from cells, categories of scatter charts, labels; and the newer charts (waterfall, treemap)."""
    scatter = f"""<c:chartSpace xmlns:c="{C}" xmlns:a="{A}"><c:chart><c:title>{REFERENCE.format("Wear")}</c:title>
    <c:plotArea><c:scatterChart><c:ser>{REFERENCE.format("Seals")}<c:dLbls><c:dLbl><c:tx><c:rich><a:p><a:r><a:t>worst
    </a:t></a:r></a:p></c:rich></c:tx></c:dLbl></c:dLbls>{REFERENCE.format("May").replace("c:tx", "c:xVal")}</c:ser>
    </c:scatterChart><c:valAx><c:title>{REFERENCE.format("Hours")}</c:title></c:valAx></c:plotArea></c:chart>
    </c:chartSpace>"""
    assert chart_words(scatter.encode()) == ("Wear", "Hours Seals worst May")
    waterfall = f"""<cx:chartSpace xmlns:cx="{CX}"><cx:chartData><cx:data id="0"><cx:strDim type="cat"><cx:f>S!A1</cx:f>
    <cx:lvl><cx:pt idx="0">Rent</cx:pt></cx:lvl></cx:strDim></cx:data></cx:chartData><cx:chart><cx:title><cx:tx>
    <cx:txData><cx:v>Costs</cx:v></cx:txData></cx:tx></cx:title></cx:chart></cx:chartSpace>"""
    assert chart_words(waterfall.encode()) == ("Costs", "Rent")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3, "General", "3"), (3.0, "General", "3"), (0.1 + 0.2, "General", "0.3"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.256, "0.0%", "25.6%"), (-5, "0.00;(0.00)", "-5.00"), (1.5, '0.0 "kg"', "1.5 kg"), (12, '"€"0.00', "€12.00"),
        (1e20, "General", "1e+20"), (True, "General", "TRUE"), (2.5, "0.##", "2.5"), (7, "00000", "00007"),
        (12345, '#,##0,"K"', "12K"), (-12345678, '0.0,,"M"', "-12.3M"), (1234.5, '_-* #,##0.00 "€"_-', "1,234.50 €"),
        (5, '"Q"0', "Q5"), (0, '0;-0;"nil"', "nil"), (1, '"yes";;"no"', "yes"), (-3, "$#,##0;($#,##0)", "-$3"),
        (0.5, "# ?/?", "0.5"), (1.5e-7, "0.00E+00", "1.5e-07"), (-0.05, "[Red]0%", "-5%"),
        (datetime.datetime(2024, 1, 2), "yyyy-mm-dd", "2024-01-02"),
        (datetime.datetime(2024, 1, 2, 3, 4), "yyyy-mm-dd hh:mm", "2024-01-02 03:04"),
        (0.045, "0%", "5%"), (1.005, "0.00", "1.01"), (-1.5, "0", "-2"), (-0.2, "0", "0"),
        (1e300, "0", f"1{'0' * 300}"), (12, 'General" bar"', "12 bar"),
        (987654321, "000-00-0000", "987-65-4321"), (42, "000-0", "004-2"),
        (12345, r"0\.00", "123.45"), (493012345678, "+00 (000) 0000-000", "+49 (301) 2345-678"),
        (datetime.timedelta(hours=30, minutes=5), "[h]:mm", "30:05:00"), ("=A1", "General", "=A1"),
    ],
)  # fmt: skip
def test_values_as_they_are_shown(value: object, number_format: str, text: str):
    assert shown(value, number_format) == text


def test_a_linked_picture_stays_a_link(tmp_path: Path):
    deck: Any = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    shape = slide.shapes.add_picture(picture(), Inches(1), Inches(1), Inches(2), Inches(2))
    slide.shapes.add_textbox(0, 0, Pt(99), Pt(20)).text_frame.text = "words"
    relation = slide.part.relate_to(
        "https://example.org/a.png",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image",
        is_external=True,
    )
    blip = shape._element.xpath(".//a:blip")[0]
    for key in list(blip.attrib):
        del blip.attrib[key]
    blip.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}link", relation)
    shape._element.xpath(".//p:cNvPr")[0].set("descr", "A remote chart")
    deck.save(str(tmp_path / "x.pptx"))

    def read_link(target: str) -> bytes | None:
        raise AssertionError(target)

    [figure] = parsed(tmp_path / "x.pptx", read_link=read_link).figures
    assert (figure.alt, figure.image_id, figure.link) == ("A remote chart", None, "https://example.org/a.png")


@pytest.mark.parametrize(
    ("plain", "name", "kind"),
    [
        ("wordprocessingml.document.main", "x.docm", "application/vnd.ms-word.document.macroEnabled.main"),
        ("wordprocessingml.document.main", "x.dotx", "{}wordprocessingml.template.main"),
        ("presentationml.presentation.main", "x.pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.main"),
        ("presentationml.presentation.main", "x.ppsx", "{}presentationml.slideshow.main"),
        ("presentationml.presentation.main", "x.ppsm", "application/vnd.ms-powerpoint.slideshow.macroEnabled.main"),
        ("spreadsheetml.sheet.main", "x.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.main"),
        ("spreadsheetml.sheet.main", "x.pdf", "{}spreadsheetml.sheet.main"),
    ],
)
def test_files_with_macros_templates_and_shows(tmp_path: Path, plain: str, name: str, kind: str):
    prefix = "application/vnd.openxmlformats-officedocument."
    buffer = file_of_words({"word": "docx", "pres": "pptx"}.get(plain[:4], "xlsx"))
    with zipfile.ZipFile(buffer) as archive:
        types = archive.read("[Content_Types].xml").decode()
    assert prefix + plain in types
    content = with_entry(
        buffer.getvalue(), "[Content_Types].xml", types.replace(prefix + plain, kind.format(prefix)).encode()
    )
    (tmp_path / name).write_bytes(content)
    assert [block.text for block in parsed(tmp_path / name).blocks] == ["Words"]
