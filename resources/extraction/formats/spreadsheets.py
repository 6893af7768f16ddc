"""Spreadsheets: every sheet is a page, cut into its regions of connected cells; values as a person sees them."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
        flow.text(sheet.header, "header")
        shapes = shapes_on(sheet.title)
        write_cells(sheet, flow, options, shapes)
        for shape in shapes:
            shape.write(flow)
        flow.text(sheet.footer, "footer")
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
    found = _joined_over_gaps(list(find_regions(filled)), values)
    regions = sorted(found, key=lambda region: (region.top, region.left))
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


def _joined_over_gaps(regions: list[_Region], values: dict[Place, str]) -> list[_Region]:
    """One blank row in a table's body, or one blank column between labels and their values, does not part them."""
    starts = {(region.top, region.left): region for region in regions}
    kept: list[_Region] = []
    gone: set[int] = set()
    for region in sorted(regions, key=lambda region: (region.top, region.left)):
        if id(region) in gone:
            continue
        while True:
            below = starts.get((region.bottom + 2, region.left))
            beside = starts.get((region.top, region.right + 2))
            if below is not None and id(below) not in gone and _goes_on(region, below, values):
                region.bottom = below.bottom
                gone.add(id(below))
            elif beside is not None and id(beside) not in gone and _labels_and_values(region, beside):
                region.right = beside.right
                gone.add(id(beside))
            else:
                break
        kept.append(region)
    return kept


def _goes_on(above: _Region, below: _Region, values: dict[Place, str]) -> bool:
    """Whether the rows after a gap are more of the same: as wide, with numbers in the same columns, no new header."""
    if above.right != below.right or above.right == above.left or above.bottom == above.top:
        return False
    numbers = [
        [is_number(values.get((row, column), "")) for column in range(above.left, above.right + 1)]
        for row in (above.bottom, below.top)
    ]
    return any(numbers[0]) and numbers[0] == numbers[1]


def _labels_and_values(left: _Region, right: _Region) -> bool:
    """Whether two regions side by side are rows of one table, as no table is a single column of labels."""
    return left.bottom == right.bottom and left.bottom > left.top and left.left == left.right


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
    lines, columns = _filled_lines(region, values, merged)
    for row in lines:
        cells = []
        for column in columns:
            place = (row, column)
            if place in merged:
                high, wide = merged[place]
                wide = min(wide, region.right - column + 1)
                cells.append(Cell(values.get(place, ""), high, wide, row == region.top))
            elif place not in covered:
                cells.append(Cell(values.get(place, ""), header=row == region.top))
        rows.append(cells)
    return rows


def _filled_lines(
    region: _Region, values: dict[Place, str], merged: dict[Place, tuple[int, int]]
) -> tuple[Sequence[int], Sequence[int]]:
    """A region's rows and columns; without the blank ones, unless merged areas may cover them."""
    rows, columns = range(region.top, region.bottom + 1), range(region.left, region.right + 1)
    if any(region.holds(corner) for corner in merged):
        return rows, columns
    return (
        [row for row in rows if any((row, column) in values for column in columns)],
        [column for column in columns if any((row, column) in values for row in rows)],
    )
