"""What lies on a sheet: pictures, charts, diagrams and text boxes, in parts that openpyxl reads only in part."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import column_index_from_string

from codices.resources.extraction.common.flow import Flow
from codices.resources.extraction.common.limits import read_archive_entry
from codices.resources.extraction.formats.office.office_xml import EMU, NS, chart_words, diagram_words, parse_xml, qn
from codices.resources.extraction.formats.office.workbooks import ReadCells
from codices.resources.foundation.failures import ExtractionError

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title -> the part with its cells."""
    names = set(archive.namelist())
    found = {}
    workbook = parse_xml(read_archive_entry(archive, "xl/workbook.xml")) if "xl/workbook.xml" in names else None
    if workbook is None:
        return {}
    sheets = _relations(archive, "xl/workbook.xml")
    for sheet in workbook.iter(f"{{{_MAIN}}}sheet"):
        part = sheets.get(sheet.get(qn("r:id"), ""))
        if part is not None and part in names:
            found[sheet.get("name", "")] = part
    return found


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Relation id -> part, of everything inside the file that a part refers to."""
    folder, _, name = part.rpartition("/")
    try:
        root = parse_xml(read_archive_entry(archive, f"{folder}/_rels/{name}.rels"))
    except (KeyError, ExtractionError):
        return {}
    found = {}
    for relation in root.iter(_RELATION) if root is not None else ():
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[relation.get("Id", "")] = path
    return found


@dataclass
class Shape:
    """A picture, chart or text box and the row of the sheet where it begins."""

    row: int
    element: Any
    archive: zipfile.ZipFile
    relations: dict[str, str]
    cells: ReadCells

    def write(self, flow: Flow) -> None:
        try:
            if self.element.tag == f"{_XDR}sp":
                for paragraph in self.element.iter(qn("a:p")):
                    flow.text("".join(text.text or "" for text in paragraph.iter(qn("a:t"))))
            elif self.element.tag == f"{_XDR}pic":
                self.write_picture(flow)
            else:
                self.write_graphic(flow)
        except (KeyError, ValueError, ExtractionError) as error:
            flow.lost(error)

    @property
    def alt(self) -> str:
        properties = self.element.find(f"./*/{_XDR}cNvPr")
        return properties.get("descr") or properties.get("title") or "" if properties is not None else ""

    def write_picture(self, flow: Flow) -> None:
        blip = self.element.find(".//a:blip", NS)
        target = self.relations.get(blip.get(qn("r:embed"), "")) if blip is not None else None
        extent = self.element.find(f"{_XDR}spPr/a:xfrm/a:ext", NS)
        width, height = (
            (int(extent.get(key, 0)) / EMU or None for key in ("cx", "cy")) if extent is not None else (None, None)
        )
        if target is not None:
            data = read_archive_entry(self.archive, target)
            flow.figure(data, alt=self.alt, width=width, height=height, name=target)
        elif self.alt:
            flow.figure(None, alt=self.alt)

    def write_graphic(self, flow: Flow) -> None:
        title = words = ""
        for chart in self.element.iter(qn("c:chart"), qn("cx:chart")):
            if part := self.relations.get(chart.get(qn("r:id"), "")):
                title, words = chart_words(read_archive_entry(self.archive, part), self.cells)
        for diagram in self.element.iter(qn("dgm:relIds")):
            if part := self.relations.get(diagram.get(qn("r:dm"), "")):
                words = diagram_words(read_archive_entry(self.archive, part))
        if title or words or self.alt:
            flow.figure(None, alt=self.alt, caption=title, words=words)


@dataclass
class CellPicture:
    """A picture that is the value of a cell; older programs see an error there."""

    row: int
    column: int
    alt: str
    part: str
    archive: zipfile.ZipFile

    def write(self, flow: Flow) -> None:
        try:
            flow.figure(read_archive_entry(self.archive, self.part), alt=self.alt, name=self.part)
        except (KeyError, ExtractionError) as error:
            flow.lost(error)


def shapes_of(archive: zipfile.ZipFile, sheet: str, cells: ReadCells) -> list[Shape | CellPicture]:
    """What lies on a sheet or in its cells, from top to bottom; `cells` gives the texts of a range, for charts."""
    found: list[Shape | CellPicture] = [*_cell_pictures(archive, sheet)]
    part = next((part for part in _relations(archive, sheet).values() if "/drawings/drawing" in part), "")
    root = parse_xml(read_archive_entry(archive, part)) if part in archive.namelist() else None
    relations = _relations(archive, part)
    for anchor in root if root is not None else ():
        row = anchor.find(f"{_XDR}from/{_XDR}row")
        for element in anchor.iter(f"{_XDR}pic", f"{_XDR}graphicFrame", f"{_XDR}sp"):
            if any(parent.tag == qn("mc:Fallback") for parent in element.iterancestors()):
                continue
            found.append(Shape(int(row.text or 0) + 1 if row is not None else 0, element, archive, relations, cells))
    return sorted(found, key=lambda shape: shape.row)


def _cell_pictures(archive: zipfile.ZipFile, sheet: str) -> Iterator[CellPicture]:
    """A cell's `vm` counts the values of metadata.xml, which number the rich values, which name a picture."""
    names, rich = set(archive.namelist()), "xl/richData/"
    needed = ("xl/metadata.xml", f"{rich}rdrichvalue.xml", f"{rich}rdrichvaluestructure.xml", f"{rich}richValueRel.xml")
    if not names.issuperset(needed):
        return
    metadata, values, structures, pictures = (parse_xml(read_archive_entry(archive, name)) for name in needed)
    if metadata is None or values is None or structures is None or pictures is None:
        return
    targets = _relations(archive, needed[3])
    parts = [targets.get(picture.get(qn("r:id"), ""), "") for picture in pictures]
    numbers = [int(value.get("i", -1)) for value in metadata.iterfind(".//{*}futureMetadata//{*}rvb")]
    places = [int(value.get("v", -1)) for value in metadata.iterfind(".//{*}valueMetadata/{*}bk/{*}rc")]
    keys = [[key.get("n") for key in structure] for structure in structures]
    for tag in re.findall(rb"<(?:\w+:)?c\s[^<>]*>", read_archive_entry(archive, sheet)):
        where, value = re.search(rb"\br=[\"']([A-Z]+)(\d+)", tag), re.search(rb"\bvm=[\"'](\d+)", tag)
        if where is None or value is None:
            continue
        try:
            rich_value = values[numbers[places[int(value[1]) - 1]]]
            said = dict(zip(keys[int(rich_value.get("s", -1))], (v.text or "" for v in rich_value), strict=False))
            part = parts[int(said["_rvRel:LocalImageIdentifier"])]
        except (IndexError, KeyError, ValueError):
            continue  # a value of another kind: a stock, a place
        if part in names:
            column = column_index_from_string(where[1].decode())
            yield CellPicture(int(where[2]), column, said.get("Text", ""), part, archive)
