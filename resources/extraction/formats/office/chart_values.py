"""The numbers of a chart as tables: a row for every category, a column for every series."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import from_excel

from codices.resources.extraction.common.cell_values import shown
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.formats.office.office_xml import NS, parse_xml, qn

Points = dict[int, str]  # number of the point, counted from 0 -> what is shown


def chart_tables(blob: bytes) -> list[list[list[Cell]]]:
    """The tables in a chart's XML, out of the copies it keeps of its cells; series with the same categories share one.

    Empty for charts that keep none, and for the kinds since Office 2016 (waterfall, treemap): they are built otherwise.
    """
    root = parse_xml(blob)
    if root is None:
        return []
    series = [
        (_points(one, "c:cat", "c:xVal"), " ".join(_points(one, "c:tx").values()), _points(one, "c:val", "c:yVal"))
        for one in root.iter(qn("c:ser"))
    ]
    series = [one for one in series if one[2]]
    tables = []
    for categories, group in groupby(series, key=lambda one: one[0]):
        columns = list(group)
        numbers = sorted({number for _, _, values in columns for number in values})
        rows = [[Cell("", header=True), *(Cell(name, header=True) for _, name, _ in columns)]]
        for number in numbers:
            values = (Cell(points.get(number, "")) for _, _, points in columns)
            rows.append([Cell(categories.get(number, str(number + 1))), *values])
        tables.append(rows)
    return tables


def _points(series: Any, *kinds: str) -> Points:
    """The points of a series' categories, name or values; those of several levels are joined, the outer one first."""
    found: Points = {}
    for kind in kinds:
        for element in series.iterfind(kind, NS):
            code = next((code.text or "" for code in element.iter(qn("c:formatCode"))), "")
            for point in element.iter(qn("c:pt")):
                number, text = int(point.get("idx", 0)), _shown(point.findtext("c:v", "", NS), code)
                found[number] = f"{text} {found[number]}" if number in found else text
    return found


def _shown(text: str, code: str) -> str:
    """Numbers in full: a chart's format rounds them for its labels. Dates and percentages are shown as such."""
    try:
        value = float(text)
        if code and is_date_format(code):
            return shown(from_excel(value), code)
    except (ValueError, OverflowError):
        return text
    return shown(value, code if "%" in code else "General")
