"""Workbooks with parts that openpyxl refuses, and spreadsheets without LibreOffice: the cells are read all the same."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from codices.resources.extraction.common import libreoffice
from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import parsed

ROWS = [["Pump", "Litres"], ["P-1", "41"], ["P-2", "57"]]


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Pump", "Litres"], ["P-1", 41], ["P-2", 57]):
        sheet.append(row)
    sheet["B2"].number_format = "0.0"
    book.save(path)
    return path


def changed(source: Path, target: Path, part: str, pattern: bytes, replacement: bytes) -> Path:
    """A copy in which one part is not as openpyxl wants it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                data, count = re.subn(pattern, replacement, data, flags=re.DOTALL)
                assert count, "the part has nothing to change"
            new.writestr(name, data)
    return target


@pytest.mark.parametrize(
    ("part", "pattern", "replacement"),
    [
        ("xl/styles.xml", rb"<fill>.*?</fill>", b"<fill/>"),
        ("xl/styles.xml", rb"<cellXfs.*</cellXfs>", b""),
        ("docProps/core.xml", rb"(<dcterms:created[^>]*>)[^<]*", rb"\1yesterday"),
        ("xl/worksheets/sheet1.xml", rb'<pageMargins left="[^"]*"', b'<pageMargins left="wide"'),
    ],
)
def test_a_part_that_openpyxl_refuses_costs_no_cell(tmp_path: Path, part: str, pattern: bytes, replacement: bytes):
    broken = changed(workbook(tmp_path / "whole.xlsx"), tmp_path / "broken.xlsx", part, pattern, replacement)
    found = parsed(broken)
    assert [[cell and cell.removesuffix(".0") for cell in row] for row in found.tables[0].cells] == ROWS


def test_spreadsheets_without_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(libreoffice, "program", lambda: None)
    content = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{value}"/>'
            if value.isdigit()
            else f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            for value in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
    file = tmp_path / "pumps.ods"
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{namespace}:office:1.0" xmlns:table="{namespace}:table:1.0" '
            f'xmlns:text="{namespace}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Pumps">'
            f"{content}</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    found = parsed(file)
    assert found.tables[0].cells == ROWS
    assert found.tables[0].heading_path == ("Pumps",)
    assert [warning.kind for warning in found.warnings] == ["part_lost"]


def test_a_spreadsheet_that_nothing_reads_keeps_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(libreoffice, "program", lambda: None)
    file = tmp_path / "empty.ods"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(ExtractionError) as failure:
        parsed(file)
    assert failure.value.kind == "needs_libreoffice"


def test_blank_rows_and_columns_do_not_part_a_table(tmp_path: Path):
    book = openpyxl.Workbook()
    gap = book.active
    assert gap is not None
    for row in (["Item", "Price"], ["bolt", 2], [], ["nut", 3]):
        gap.append(row)
    spacer, two = book.create_sheet("spacer"), book.create_sheet("two")
    for row in (["Power", None, "4 kW"], ["Mass", None, "61 kg"]):
        spacer.append(row)
    for row in (["Item", "Price"], ["bolt", 2], [], ["Town", "People"], ["Ulm", 126000]):
        two.append(row)
    book.save(tmp_path / "gaps.xlsx")
    assert [table.cells for table in parsed(tmp_path / "gaps.xlsx").tables] == [
        [["Item", "Price"], ["bolt", "2"], ["nut", "3"]],
        [["Power", "4 kW"], ["Mass", "61 kg"]],
        [["Item", "Price"], ["bolt", "2"]],
        [["Town", "People"], ["Ulm", "126000"]],
    ]


def test_headers_and_footers_of_sheets(tmp_path: Path):
    book = openpyxl.load_workbook(workbook(tmp_path / "plain.xlsx"))
    sheet: Any = book.active
    sheet.oddHeader.center.text = "Pump register"
    sheet.oddFooter.left.text = "Draft"
    sheet.oddFooter.right.text = "&P"
    book.save(tmp_path / "printed.xlsx")
    found = parsed(tmp_path / "printed.xlsx")
    assert [(block.text, block.kind) for block in found.blocks] == [("Pump register", "header"), ("Draft", "footer")]
