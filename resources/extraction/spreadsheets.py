"""Spreadsheets: every sheet is a page, cut into its regions of connected cells; values as a person sees them."""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.utils import range_boundaries

from resources.extraction.flow import Flow, ReadLink
from resources.extraction.grid import Cell
from resources.extraction.limits import check_archive, read_archive_entry
from resources.extraction.media_types import XLSX
from resources.extraction.model import Extraction, ExtractionError
from resources.extraction.office_xml import EMU, NS, chart_words, parse_xml, qn
from resources.extraction.options import ExtractionOptions

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CAPTION_DISTANCE = 2  # rows between a line of text and the table that it names
LONG_TEXT = 200  # characters: a lone cell with more is text, not a caption

Place = tuple[int, int]  # row, column


@dataclass
class _Region:
    """A rectangle of connected cells, its edges included."""

    top: int
    left: int
    bottom: int
    right: int


def parse_xlsx(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One XLSX. Raises ExtractionError: "corrupt", "archive_bomb", "encrypted", "too_large", "no_content"."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_archive(data_path, options)
    with zipfile.ZipFile(data_path) as archive:
        _check_merges(archive, options)
    try:
        with data_path.open("rb") as file:  # by its path, a file with another suffix would be refused
            workbook = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        raise ExtractionError("corrupt", f"not a readable spreadsheet: {type(error).__name__}: {error}") from error
    flow = Flow(XLSX, options, read_link)
    flow.title = workbook.properties.title or ""
    with zipfile.ZipFile(data_path) as archive:
        drawings = _drawing_parts(archive)
        sheets: list[Any] = workbook._sheets  # pyright: ignore[reportAttributeAccessIssue]  (chart sheets too)
        for number, sheet in enumerate(sheets, 1):
            flow.new_page(number, 0, 0)
            flow.forget_headings()
            flow.section(sheet.title)
            shapes = _shapes(archive, drawings[sheet.title]) if sheet.title in drawings else []
            if hasattr(sheet, "_cells"):
                _read_cells(sheet, flow, options, shapes)
            for shape in shapes:
                shape.write(flow)
    return flow.finish()


def _check_merges(archive: zipfile.ZipFile, options: ExtractionOptions) -> None:
    """openpyxl makes a cell for every place of a merged area: an area of the whole sheet would never end."""
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        sheet = read_archive_entry(archive, name, int(options.max_unpacked_mib * 2**20))
        cells = 0
        for area in re.findall(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z]+\d+:[A-Z]+\d+)[\"']", sheet):
            left, top, right, bottom = range_boundaries(area.decode())
            cells += ((right or 0) - (left or 0) + 1) * ((bottom or 0) - (top or 0) + 1)
        if cells > options.max_cells:
            raise ExtractionError("too_large", f"{name} merges {cells} cells (setting extraction.max_cells)")


def _read_cells(sheet: Any, flow: Flow, options: ExtractionOptions, shapes: list[_Shape]) -> None:
    """Regions and the shapes that lie above them, from top to bottom; shapes written are taken off the list."""
    merged = {}  # top left place -> (rows, columns)
    covered: set[Place] = set()
    for area in sheet.merged_cells.ranges:
        rows, columns = area.max_row - area.min_row + 1, area.max_col - area.min_col + 1
        merged[(area.min_row, area.min_col)] = (rows, columns)
        covered.update(
            (r, c) for r in range(area.min_row, area.max_row + 1) for c in range(area.min_col, area.max_col + 1)
        )
    values: dict[Place, str] = {}
    for (row, column), cell in sheet._cells.items():
        text = shown(cell.value, cell.number_format) if cell.value is not None else ""
        if text.strip():
            values[(row, column)] = text
    if len(values) > options.max_cells:
        raise ExtractionError(
            "too_large", f"sheet {sheet.title!r} has {len(values)} cells (setting extraction.max_cells)"
        )
    # A merged area belongs together when anything stands in it.
    filled = set(values)
    for (row, column), (rows, columns) in merged.items():
        if (row, column) in values:
            filled.update((r, c) for r in range(row, row + rows) for c in range(column, column + columns))
    regions = sorted(find_regions(filled), key=lambda region: (region.top, region.left))
    lone = {(region.top, region.left): _lone_text(region, values) for region in regions}
    tables = [region for region in regions if lone[region.top, region.left] is None]
    captions = _captions(tables, [(r, text) for r in regions if (text := lone[r.top, r.left]) is not None])
    said = set(captions.values())
    for region in regions:
        while shapes and shapes[0].row < region.top:
            shapes.pop(0).write(flow)
        text = lone[region.top, region.left]
        if text is not None:
            flow.text(text, "caption" if text in said else "text")
            continue
        rows = _rows(region, values, merged, covered)
        flow.table(rows, captions.get((region.top, region.left), ""))


def find_regions(filled: set[Place]) -> Iterator[_Region]:
    """Cells that touch, corners included, are one region; regions whose rectangles overlap are joined."""
    rest = set(filled)
    found: list[_Region] = []
    for start in sorted(filled):
        if start not in rest:
            continue
        rest.discard(start)
        waiting = [start]
        region = _Region(*start, *start)
        while waiting:
            row, column = waiting.pop()
            region.top, region.bottom = min(region.top, row), max(region.bottom, row)
            region.left, region.right = min(region.left, column), max(region.right, column)
            for r in (row - 1, row, row + 1):
                for c in (column - 1, column, column + 1):
                    if (r, c) in rest:
                        rest.discard((r, c))
                        waiting.append((r, c))
        found.append(region)
    yield from _join_overlapping(found)


def _join_overlapping(regions: list[_Region]) -> list[_Region]:
    joined = True
    while joined and len(regions) <= 2000:
        joined = False
        kept: list[_Region] = []
        for region in regions:
            for other in kept:
                apart = (
                    region.left > other.right
                    or region.right < other.left
                    or region.top > other.bottom
                    or region.bottom < other.top
                )
                if not apart:
                    other.top, other.left = min(other.top, region.top), min(other.left, region.left)
                    other.bottom, other.right = max(other.bottom, region.bottom), max(other.right, region.right)
                    joined = True
                    break
            else:
                kept.append(region)
        regions = kept
    return regions


def _lone_text(region: _Region, values: dict[Place, str]) -> str | None:
    """The text of a region that is one cell (or one merged area) with words in it."""
    filled = [
        values[place]
        for row in range(region.top, region.bottom + 1)
        for column in range(region.left, region.right + 1)
        if (place := (row, column)) in values
    ] if (region.bottom - region.top + 1) * (region.right - region.left + 1) <= 200 else []  # fmt: skip
    return filled[0] if len(filled) == 1 and not _is_number(filled[0]) else None


def _captions(tables: list[_Region], lone: list[tuple[_Region, str]]) -> dict[Place, str]:
    """Top left corner of a table -> the lone line of text right above it."""
    by_row: dict[int, list[tuple[_Region, str]]] = defaultdict(list)
    for region, text in lone:
        if len(text) <= LONG_TEXT:
            by_row[region.bottom].append((region, text))
    found: dict[Place, str] = {}
    for table in tables:
        for distance in range(1, CAPTION_DISTANCE + 1):
            for region, text in by_row.get(table.top - distance, ()):
                if region.left <= table.right and region.right >= table.left:
                    found.setdefault((table.top, table.left), text)
    return found


def _rows(
    region: _Region, values: dict[Place, str], merged: dict[Place, tuple[int, int]], covered: set[Place]
) -> list[list[Cell]]:
    rows = []
    for row in range(region.top, region.bottom + 1):
        cells = []
        for column in range(region.left, region.right + 1):
            place = (row, column)
            if place in merged:
                high, wide = merged[place]
                wide = min(wide, region.right - column + 1)
                cells.append(Cell(values.get(place, ""), high, wide, row == region.top))
            elif place not in covered:
                cells.append(Cell(values.get(place, ""), header=row == region.top))
        rows.append(cells)
    return rows


# Values as they are shown

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]')


def shown(value: Any, number_format: str) -> str:
    """A cell's value the way the sheet shows it, in English notation; what has no simple form is written out."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time(0) and not re.search(r"[hHsS]", _plain_format(number_format)):
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(value, int | float):
        return _number(value, number_format)
    return str(value)


def _plain_format(number_format: str) -> str:
    return _LITERAL.sub("", number_format)


def _number(value: float, number_format: str) -> str:
    sections = (number_format or "General").split(";")
    chosen = sections[1] if value < 0 and len(sections) > 1 else sections[0]
    plain = _plain_format(chosen).strip()
    if plain in ("General", "@", "") or not re.search(r"[0#]", plain):
        return _general(value)
    if "E" in plain.upper() or "/" in plain or "?" in plain:
        return _general(value)
    decimals = len(re.match(r"[0#]*", plain.split(".", 1)[1])[0]) if "." in plain else 0  # pyright: ignore[reportOptionalSubscript]
    least = plain.split(".", 1)[1].count("0") if "." in plain else 0
    if "%" in plain:
        value *= 100
    text = f"{abs(value):,.{decimals}f}" if "," in plain else f"{abs(value):.{decimals}f}"
    if decimals > least and "." in text:
        head, tail = text.split(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    text += "%" if "%" in plain else ""
    currency = "".join(match[0] or match[2] for match in _LITERAL.findall(chosen)).strip()
    if currency and len(currency) <= 4:
        before = _LITERAL.sub("\x00", chosen).find("\x00") < min(
            (chosen.find(sign) for sign in "0#" if sign in chosen), default=0
        )
        text = currency + text if before else f"{text} {currency}"
    return f"-{text}" if value < 0 else text


def _general(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,\s]+%?", text) is not None


# Pictures, charts and text boxes lie in parts of their own, which openpyxl only reads in part.

_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def _drawing_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title -> the part with its drawing."""
    names = set(archive.namelist())
    found = {}
    workbook = parse_xml(read_archive_entry(archive, "xl/workbook.xml")) if "xl/workbook.xml" in names else None
    if workbook is None:
        return {}
    sheets = _relations(archive, "xl/workbook.xml")
    for sheet in workbook.iter(f"{{{_MAIN}}}sheet"):
        part = sheets.get(sheet.get(qn("r:id"), ""))
        if part is not None and part in names:
            drawing = next((p for p in _relations(archive, part).values() if "/drawings/drawing" in p), None)
            if drawing in names:
                found[sheet.get("name", "")] = drawing
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
class _Shape:
    """A picture, chart or text box and the row of the sheet where it begins."""

    row: int
    element: Any
    archive: zipfile.ZipFile
    relations: dict[str, str]

    def write(self, flow: Flow) -> None:
        try:
            if self.element.tag == f"{_XDR}sp":
                for paragraph in self.element.iter(qn("a:p")):
                    flow.text("".join(text.text or "" for text in paragraph.iter(qn("a:t"))))
            elif self.element.tag == f"{_XDR}pic":
                self.write_picture(flow)
            else:
                self.write_chart(flow)
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

    def write_chart(self, flow: Flow) -> None:
        chart = self.element.find(".//c:chart", NS)
        target = self.relations.get(chart.get(qn("r:id"), "")) if chart is not None else None
        title, words = chart_words(read_archive_entry(self.archive, target)) if target else ("", "")
        if title or words or self.alt:
            flow.figure(None, alt=self.alt, caption=title, words=words)


def _shapes(archive: zipfile.ZipFile, part: str) -> list[_Shape]:
    """What lies on a sheet, from top to bottom."""
    root = parse_xml(read_archive_entry(archive, part))
    relations = _relations(archive, part)
    found = []
    for anchor in root if root is not None else ():
        row = anchor.find(f"{_XDR}from/{_XDR}row")
        for element in anchor.iter(f"{_XDR}pic", f"{_XDR}graphicFrame", f"{_XDR}sp"):
            found.append(_Shape(int(row.text or 0) + 1 if row is not None else 0, element, archive, relations))
    return sorted(found, key=lambda shape: shape.row)
