"""Spreadsheets: every sheet is a page, cut into its regions of connected cells; values as a person sees them."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.utils import range_boundaries, range_to_tuple

from codices.resources.extraction.common.cell_values import is_number, shown
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_archive, read_archive_entry
from codices.resources.extraction.common.media_types import XLSX
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.office.office_xml import MAX_CATEGORIES, transitional
from codices.resources.extraction.formats.office.sheet_drawings import (
    CellPicture,
    ReadCells,
    Shape,
    shapes_of,
    sheet_parts,
)
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

CAPTION_DISTANCE = 2  # rows between a line of text and the table that it names
LONG_TEXT = 200  # characters: a lone cell with more is text, not a caption
_FORMULA_ALONE = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></|</)")
_THREAD = re.compile(r"^\[Threaded comment\].*?\n(?:Comment|Kommentar):\s*", re.DOTALL)  # a line for older programs

Place = tuple[int, int]  # row, column


@dataclass
class _Region:
    """A rectangle of connected cells, its edges included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, place: Place) -> bool:
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right


def parse_xlsx(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One XLSX. Raises ExtractionError: "corrupt", "archive_bomb", "encrypted", "too_large", "no_content"."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_archive(data_path, options)
    source = transitional(data_path)
    with zipfile.ZipFile(source) as archive:
        not_calculated = _check_sheets(archive, options)
    try:
        # By its path, a file with another suffix would be refused.
        with data_path.open("rb") if isinstance(source, str) else source as file:
            workbook = openpyxl.load_workbook(file, data_only=True, keep_links=False)
            if not_calculated:
                _keep_formulas(workbook, openpyxl.load_workbook(file, keep_links=False))
    except (InvalidFileException, LookupError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        raise ExtractionError("corrupt", f"not a readable spreadsheet: {type(error).__name__}: {error}") from error
    flow = Flow(XLSX, options, read_link)
    flow.title = workbook.properties.title or ""
    with zipfile.ZipFile(data_path) as archive:
        parts, cells = sheet_parts(archive), _reader_of_cells(workbook)
        sheets: list[Any] = workbook._sheets  # pyright: ignore[reportAttributeAccessIssue]  (chart sheets too)
        for number, sheet in enumerate(sheets, 1):
            flow.new_page(number, 0, 0)
            flow.forget_headings()
            flow.section(sheet.title)
            shapes = shapes_of(archive, parts[sheet.title], cells) if sheet.title in parts else []
            if hasattr(sheet, "_cells"):
                _read_cells(sheet, flow, options, shapes)
            for shape in shapes:
                shape.write(flow)
    return flow.finish()


def _check_sheets(archive: zipfile.ZipFile, options: ExtractionOptions) -> bool:
    """Whether a formula stands without its value, as in files that no spreadsheet program has saved.

    openpyxl makes a cell for every place of a merged area, and an area of the whole sheet would never end: raises
    ExtractionError("too_large").
    """
    not_calculated = False
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        sheet = read_archive_entry(archive, name, int(options.max_unpacked_mib * 2**20))
        not_calculated = not_calculated or _FORMULA_ALONE.search(sheet) is not None
        cells = 0
        for area in re.findall(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z]+\d+:[A-Z]+\d+)[\"']", sheet):
            left, top, right, bottom = range_boundaries(area.decode())
            cells += ((right or 0) - (left or 0) + 1) * ((bottom or 0) - (top or 0) + 1)
        if cells > options.max_cells:
            raise ExtractionError("too_large", f"{name} merges {cells} cells (setting extraction.max_cells)")
    return not_calculated


def _keep_formulas(values: Any, formulas: Any) -> None:
    """A formula without a value is shown as itself."""
    for sheet, other in zip(values.worksheets, formulas.worksheets, strict=True):
        for place, cell in other._cells.items():
            if cell.data_type == "f" and sheet._cells[place].value is None:
                text = getattr(cell.value, "text", cell.value)  # an array formula is an object
                sheet._cells[place].value = text if isinstance(text, str) else None


def _reader_of_cells(workbook: Any) -> ReadCells:
    """The texts of a range that a chart names, empty cells left out."""

    def texts(reference: str) -> list[str]:
        try:
            name, edges = range_to_tuple(reference)
            left, top, right, bottom = map(int, filter(None, edges))
            cells = workbook[name]._cells
        except (ValueError, KeyError, TypeError, AttributeError):
            return []
        right, bottom = min(right, left + MAX_CATEGORIES), min(bottom, top + MAX_CATEGORIES)
        found = (cells.get((r, c)) for r in range(top, bottom + 1) for c in range(left, right + 1))
        return [shown(cell.value, cell.number_format) for cell in found if cell is not None and cell.value is not None]

    return texts


def _read_cells(sheet: Any, flow: Flow, options: ExtractionOptions, shapes: list[Shape | CellPicture]) -> None:
    """Regions with their comments, and the shapes above them, from top to bottom; shapes written go off the list."""
    merged = {}  # top left place -> (rows, columns)
    covered: set[Place] = set()
    for area in sheet.merged_cells.ranges:
        rows, columns = area.max_row - area.min_row + 1, area.max_col - area.min_col + 1
        merged[(area.min_row, area.min_col)] = (rows, columns)
        covered.update(
            (r, c) for r in range(area.min_row, area.max_row + 1) for c in range(area.min_col, area.max_col + 1)
        )
    values: dict[Place, str] = {}
    pictures = {(shape.row, shape.column) for shape in shapes if isinstance(shape, CellPicture)}
    comments: dict[Place, str] = {}
    for (row, column), cell in sheet._cells.items():
        if getattr(cell, "comment", None) is not None:
            comments[(row, column)] = _THREAD.sub("", cell.comment.text)
        text = shown(cell.value, cell.number_format) if cell.value is not None else ""
        if text.strip() and (row, column) not in pictures:
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
        else:
            rows = _rows(region, values, merged, covered)
            flow.table(rows, captions.get((region.top, region.left), ""))
        for place in sorted(place for place in comments if region.holds(place)):
            flow.text(comments.pop(place), "note")
    for _, text in sorted(comments.items()):
        flow.text(text, "note")


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
    return filled[0] if len(filled) == 1 and not is_number(filled[0]) else None


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
