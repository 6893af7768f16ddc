"""The cells of a workbook as they are shown: read by openpyxl, or by calamine where openpyxl refuses the file.

openpyxl checks every part of a workbook, decoration too, and gives none of its cells when one is not as it should be.
calamine reads the values alone (and those of XLS, XLSB and ODS), without number formats, comments and headers.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl.utils import range_boundaries, range_to_tuple

from codices.resources.extraction.common.cell_values import shown
from codices.resources.extraction.common.limits import read_archive_entry
from codices.resources.extraction.formats.office.office_xml import MAX_CATEGORIES
from codices.resources.extraction.formats.office.packages import readable_package
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

Place = tuple[int, int]  # row, column, both counted from 1
ReadCells = Callable[[str], list[str]]

_FORMULA_ALONE = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></|</)")
_PRINT_CODE = re.compile(r'&\[[^\]]*\]|&"[^"]*"|&K[0-9A-F]{6}|&\d+|&[A-Za-z]')  # fields, fonts and colours
_THREAD = re.compile(r"^\[Threaded comment\].*?\n(?:Comment|Kommentar):\s*", re.DOTALL)  # a line for older programs


@dataclass
class SheetCells:
    """What one sheet says: the texts of its cells that are not empty, its merged areas and its comments."""

    title: str
    values: dict[Place, str] = field(default_factory=dict)
    merged: dict[Place, tuple[int, int]] = field(default_factory=dict)  # top left place -> (rows, columns)
    comments: dict[Place, str] = field(default_factory=dict)
    header: str = ""  # what is printed above and below the sheet's pages
    footer: str = ""


@dataclass
class Workbook:
    sheets: list[SheetCells]
    title: str = ""
    lost: str = ""  # why only the values could be read; "" where everything was

    def reader_of_cells(self) -> ReadCells:
        """The texts of a range that a chart names, empty cells left out."""
        by_title = {sheet.title: sheet.values for sheet in self.sheets}

        def texts(reference: str) -> list[str]:
            try:
                name, edges = range_to_tuple(reference)
                left, top, right, bottom = map(int, filter(None, edges))
                values = by_title[name]
            except (ValueError, KeyError, TypeError):
                return []
            right, bottom = min(right, left + MAX_CATEGORIES), min(bottom, top + MAX_CATEGORIES)
            places = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
            return [values[place] for place in places if place in values]

        return texts


def read_xlsx(data_path: Path, options: ExtractionOptions) -> Workbook:
    """The cells of an XLSX. Raises ExtractionError: "corrupt", "too_large"."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    source = readable_package(data_path)
    with zipfile.ZipFile(source) as archive:
        not_calculated = _check_sheets(archive, options)
    try:
        # By its path, a file with another suffix would be refused.
        with data_path.open("rb") if isinstance(source, str) else source as file:
            workbook = openpyxl.load_workbook(file, data_only=True, keep_links=False)
            if not_calculated:
                _keep_formulas(workbook, openpyxl.load_workbook(file, keep_links=False))
    except (InvalidFileException, LookupError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        reason = f"{type(error).__name__}: {error}"
        try:
            return read_values(data_path, reason)
        except ExtractionError:
            raise ExtractionError("corrupt", f"not a readable spreadsheet: {reason}") from error
    sheets: list[Any] = workbook._sheets  # pyright: ignore[reportAttributeAccessIssue]  (chart sheets too)
    return Workbook([_cells_of(sheet) for sheet in sheets], workbook.properties.title or "")


def read_values(data_path: Path, reason: str) -> Workbook:
    """The values of an XLSX, XLS, XLSB or ODS by calamine; `reason` says why nothing else reads it.

    Raises ExtractionError("corrupt").
    """
    from python_calamine import CalamineError, CalamineWorkbook

    sheets = []
    try:
        with data_path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            for title in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(title)
                cells = SheetCells(title)
                for row, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
                    for column, value in enumerate(values, 1):
                        if text := _shown_without_format(value).strip():
                            cells.values[row, column] = text
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
                    cells.merged[top + 1, left + 1] = (bottom - top + 1, right - left + 1)
                sheets.append(cells)
    except (CalamineError, ValueError, OSError) as error:
        raise ExtractionError("corrupt", f"not a readable spreadsheet: {type(error).__name__}: {error}") from error
    return Workbook(sheets, lost=reason)


def _shown_without_format(value: Any) -> str:
    return shown(value, "hh:mm" if isinstance(value, datetime.datetime) and value.time() != datetime.time(0) else "")


def _cells_of(sheet: Any) -> SheetCells:
    cells = SheetCells(sheet.title)
    if not hasattr(sheet, "_cells"):  # a sheet that is one chart
        return cells
    cells.header, cells.footer = _printed(sheet, "Header"), _printed(sheet, "Footer")
    for area in sheet.merged_cells.ranges:
        size = (area.max_row - area.min_row + 1, area.max_col - area.min_col + 1)
        cells.merged[area.min_row, area.min_col] = size
    for place, cell in sheet._cells.items():
        if getattr(cell, "comment", None) is not None:
            cells.comments[place] = _THREAD.sub("", cell.comment.text)
        text = shown(cell.value, cell.number_format) if cell.value is not None else ""
        if text.strip():
            cells.values[place] = text
    return cells


def _printed(sheet: Any, kind: str) -> str:
    """The words of a sheet's headers or footers, each once; page numbers, dates and file names are none."""
    found = (
        _PRINT_CODE.sub("", getattr(getattr(sheet, f"{pages}{kind}"), place).text or "").strip()
        for pages in ("first", "odd", "even")
        for place in ("left", "center", "right")
    )
    return "\n".join(dict.fromkeys(text for text in found if re.search(r"\w", text)))


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
