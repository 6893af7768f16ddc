"""Spreadsheets: every sheet is a page, cut into its regions of connected cells; values as a person sees them."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codices.resources.extraction.common.cell_values import is_number
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_archive
from codices.resources.extraction.common.media_types import XLSX
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.office.sheet_drawings import (
    CellPicture,
    Shape,
    shapes_of,
    sheet_parts,
)
from codices.resources.extraction.formats.office.workbooks import Place, SheetCells, Workbook, read_values, read_xlsx
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

CAPTION_DISTANCE = 2  # rows between a line of text and the table that it names
LONG_TEXT = 200  # characters: a lone cell with more is text, not a caption


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
    check_archive(data_path, options)
    workbook = read_xlsx(data_path, options)
    flow = Flow(XLSX, options, read_link)
    with zipfile.ZipFile(data_path) as archive:
        parts, cells = sheet_parts(archive), workbook.reader_of_cells()

        def shapes(title: str) -> list[Shape | CellPicture]:
            return shapes_of(archive, parts[title], cells) if title in parts else []

        return _written(workbook, flow, options, shapes)


def parse_values(
    data_path: Path, media_type: str, options: ExtractionOptions, read_link: ReadLink, reason: str
) -> Extraction:
    """The values alone of an XLS, XLSB or ODS; `reason` says why there is no more of it.

    Raises ExtractionError: "corrupt", "too_large", "no_content".
    """
    return _written(read_values(data_path, reason), Flow(media_type, options, read_link), options, lambda title: [])


def _written(
    workbook: Workbook,
    flow: Flow,
    options: ExtractionOptions,
    shapes_on: Callable[[str], list[Shape | CellPicture]],
) -> Extraction:
    flow.title = workbook.title
    if workbook.lost:
        flow.warn("part_lost", f"the cells were read without their number formats and comments: {workbook.lost}")
    for number, sheet in enumerate(workbook.sheets, 1):
        flow.new_page(number, 0, 0)
        flow.forget_headings()
        flow.section(sheet.title)
        shapes = shapes_on(sheet.title)
        write_cells(sheet, flow, options, shapes)
        for shape in shapes:
            shape.write(flow)
    return flow.finish()


def write_cells(sheet: SheetCells, flow: Flow, options: ExtractionOptions, shapes: list[Shape | CellPicture]) -> None:
    """Regions with their comments, and the shapes above them, from top to bottom; shapes written go off the list."""
    pictures = {(shape.row, shape.column) for shape in shapes if isinstance(shape, CellPicture)}
    values = {place: text for place, text in sheet.values.items() if place not in pictures}
    merged, comments = sheet.merged, dict(sheet.comments)
    covered = {place for corner, size in merged.items() for place in _area(corner, size)}
    if len(values) > options.max_cells:
        raise ExtractionError(
            "too_large", f"sheet {sheet.title!r} has {len(values)} cells (setting extraction.max_cells)"
        )
    # A merged area belongs together when anything stands in it.
    filled = set(values)
    for corner, size in merged.items():
        if corner in values:
            filled.update(_area(corner, size))
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


def _area(corner: Place, size: tuple[int, int]) -> Iterator[Place]:
    (top, left), (rows, columns) = corner, size
    return ((row, column) for row in range(top, top + rows) for column in range(left, left + columns))


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
