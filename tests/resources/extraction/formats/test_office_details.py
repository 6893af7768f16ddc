"""What Office writes beside plain words: numbers, fields, notes, embedded workbooks, values of charts, groups."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.resources.extraction.files import parsed, png, written

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_relation(source: Path, target: Path, relation: str) -> Path:
    """A copy whose document has one relation more."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/_rels/document.xml.rels":
                data = data.replace(b"</Relationships>", relation.encode() + b"</Relationships>")
            new.writestr(name, data)
    return target


def test_a_relation_to_nothing_costs_nothing_else(tmp_path: Path):
    document = docx.Document()
    document.add_paragraph("The valve opens at 3 bar.")
    document.add_picture(io.BytesIO(png()))
    document.save(str(tmp_path / "whole.docx"))
    relation = f'<Relationship Id="rId70" Type="{RELATION}/image" Target="media/gone.png"/>'
    found = parsed(with_relation(tmp_path / "whole.docx", tmp_path / "dangling.docx", relation))
    assert [block.text for block in found.blocks] == ["The valve opens at 3 bar."]
    assert len(found.pictures) == 1


def numbered(document: Any, levels: list[tuple[str, str]]) -> str:
    """Adds a numbering with these (format, text) levels, the numbering's id is given back."""
    root = document.part.numbering_part.element
    rows = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for level, (form, text) in enumerate(levels)
    )
    abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{rows}</w:abstractNum>')
    root.insert(0, abstract)
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    return "77"


def test_automatic_numbers_of_headings_and_lists(tmp_path: Path):
    document = docx.Document()
    number = numbered(document, [("decimal", "%1"), ("decimal", "%1.%2"), ("lowerRoman", "(%3)"), ("bullet", "•")])

    def add(text: str, level: int, style: str | None = None) -> None:
        properties = document.add_paragraph(text, style=style)._p.get_or_add_pPr()
        place = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
        properties.append(parse_xml(f"<w:numPr {nsdecls('w')}>{place}</w:numPr>"))

    add("Scope", 0, "Heading 1")
    add("Pumps", 0, "Heading 1")
    add("Seals", 1, "Heading 2")
    add("grease it", 2)
    add("close it", 2)
    add("a dot", 3)
    add("Bearings", 1, "Heading 2")
    add("oil it", 2)
    document.add_paragraph("Drain", style="List Number")
    document.add_paragraph("Refill", style="List Number")
    document.save(str(tmp_path / "numbers.docx"))
    found = parsed(tmp_path / "numbers.docx")
    assert [block.text for block in found.blocks] == [
        "1 Scope",
        "2 Pumps",
        "2.1 Seals",
        "(i) grease it",
        "(ii) close it",
        "a dot",
        "2.2 Bearings",
        "(i) oil it",
        "1. Drain",
        "2. Refill",
    ]
    assert found.blocks[3].heading_path == ("2 Pumps", "2.1 Seals")


def test_notes_and_comments_belong_to_their_section(tmp_path: Path):
    document = docx.Document()
    document.add_heading("Storage", 1)
    document.add_comment(document.add_paragraph("Keep it dry.").runs, text="How dry?", author="A")
    document.add_heading("Disposal", 1)
    document.add_paragraph("Recycle it.")
    document.save(str(tmp_path / "notes.docx"))
    found = parsed(tmp_path / "notes.docx")
    assert [(block.text, block.heading_path) for block in found.blocks if block.kind == "note"] == [
        ("How dry?", ("Storage",))
    ]
    assert [block.text for block in found.blocks][-2:] == ["Disposal", "Recycle it."]


def test_raised_digits_form_fields_and_link_targets(tmp_path: Path):
    document = docx.Document()
    paragraph = document.add_paragraph("Area 12 m")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(", the 3")
    paragraph.add_run("rd").font.superscript = True

    def field(text: str, data: str) -> None:
        run = document.add_paragraph(text).add_run()._r
        content = f"<w:ffData>{data}</w:ffData>"
        run.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="begin">{content}</w:fldChar>'))
        run.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="end"/>'))

    field("Fluid: ", '<w:ddList><w:result w:val="1"/><w:listEntry w:val="oil"/><w:listEntry w:val="water"/></w:ddList>')
    field("Tested ", "<w:checkBox><w:checked/></w:checkBox>")
    field("Refused ", '<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>')
    target = document.part.relate_to("https://pumps.example/42", f"{RELATION}/hyperlink", is_external=True)
    link = f'<w:hyperlink {nsdecls("w", "r")} r:id="{target}"><w:r><w:t>the list</w:t></w:r></w:hyperlink>'
    document.add_paragraph("See ")._p.append(parse_xml(link))
    runs = "".join(
        f"<w:r>{content}</w:r>"
        for content in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> HYPERLINK "mailto:desk@pumps.example" </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>the desk</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    for run in list(parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>")):
        document.paragraphs[-1]._p.append(run)
    document.save(str(tmp_path / "fields.docx"))
    assert [block.text for block in parsed(tmp_path / "fields.docx").blocks] == [
        "Area 12 m², the 3rd",
        "Fluid: water",
        "Tested ☒",
        "Refused ☐",
        "See the list (https://pumps.example/42)the desk (desk@pumps.example)",
    ]


def test_tables_of_embedded_workbooks_and_a_word_about_other_objects(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Valve", "Bar"])
    sheet.append(["V-7", 16])
    content = io.BytesIO()
    book.save(content)
    document = docx.Document()
    for name, blob in (("Sheet1.xlsx", content.getvalue()), ("oleObject1.bin", b"what nobody knows")):
        part = Part(PackURI(f"/word/embeddings/{name}"), "application/octet-stream", blob, document.part.package)
        relation = document.part.relate_to(part, f"{RELATION}/package")
        namespace = 'xmlns:o="urn:schemas-microsoft-com:office:office"'
        ole = f'<o:OLEObject {namespace} Type="Embed" ProgID="Some.Program" r:id="{relation}"/>'
        run = document.add_paragraph().add_run()
        run._r.append(parse_xml(f"<w:object {nsdecls('w', 'r')}>{ole}</w:object>"))
    document.save(str(tmp_path / "embedded.docx"))
    found = parsed(tmp_path / "embedded.docx")
    assert [table.cells for table in found.tables] == [[["Valve", "Bar"], ["V-7", "16"]]]
    assert [warning.message for warning in found.warnings] == [
        "an embedded object is not read: /word/embeddings/oleObject1.bin (Some.Program)"
    ]


def test_values_of_charts_and_alt_texts_of_groups_on_slides(tmp_path: Path):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data: Any = CategoryChartData()
    data.categories = ["May", "June"]
    data.add_series("Inflow", (12.75, 980.5))
    data.add_series("Outflow", (None, 3.125))
    slide.shapes.add_chart(XL_CHART_TYPE.LINE, Inches(1), Inches(1), Inches(4), Inches(3), data)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(6), Inches(1), Inches(1), Inches(1)).text_frame.text = "Tank"
    group._element.xpath("./p:nvGrpSpPr/p:cNvPr")[0].set("descr", "Water runs from the tank to the sea")
    presentation.save(str(tmp_path / "slides.pptx"))
    found = parsed(tmp_path / "slides.pptx")
    assert [table.cells for table in found.tables] == [
        [["", "Inflow", "Outflow"], ["May", "12.75", ""], ["June", "980.5", "3.125"]]
    ]
    assert "Water runs from the tank to the sea" in [figure.alt for figure in found.figures]


def test_a_slide_whose_layout_lost_its_master_is_read(tmp_path: Path):
    presentation = pptx.Presentation()
    slide: Any = presentation.slides.add_slide(presentation.slide_layouts[5])  # its title has the master's place
    slide.shapes.title.text = "Valve duty"
    presentation.save(str(tmp_path / "whole.pptx"))
    with zipfile.ZipFile(tmp_path / "whole.pptx") as old, zipfile.ZipFile(tmp_path / "cut.pptx", "w") as new:
        for name in old.namelist():
            lost = b"/slideMaster" if name.startswith("ppt/slideLayouts/_rels/") else b""
            new.writestr(name, old.read(name).replace(lost, b"/gone") if lost else old.read(name))
    found = parsed(tmp_path / "cut.pptx")
    assert "Valve duty" in [block.text for block in found.blocks]
    assert [warning.kind for warning in found.warnings][:1] == ["part_lost"]


def test_stand_ins_of_rtf_after_the_end_of_a_line(tmp_path: Path):
    rtf = rb"""{\rtf1\ansi\ansicpg1252\uc1 Cost \u8364
\'80 25, pump \u-10179
\'3f\u-8704\'3f, a \u8211\endash  b.\par}"""
    found = parsed(written(tmp_path, "stand_ins.rtf", rtf))
    assert [block.text for block in found.blocks] == ["Cost € 25, pump \U0001f600, a – b."]  # noqa: RUF001
