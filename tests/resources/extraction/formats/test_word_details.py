"""What Word writes beside plain words: relations to nothing, numbers, fields, notes and embedded workbooks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx

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
