"""What Word writes beside plain words: relations to nothing, numbers, fields, notes and embedded workbooks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.resources.extraction.files import parsed, png

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
