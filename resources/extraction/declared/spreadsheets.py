"""Excel workbooks."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import XLSX
from codices.resources.extraction.declared.depends import READERS

FORMATS = (
    Format(
        XLSX,
        "an Excel workbook",
        f"{READERS}.spreadsheets:parse_xlsx",
        suffixes=(".xlsx", ".xlsm"),
        libraries=("openpyxl", "python-calamine", "resvg-py"),
        preload=(f"{READERS}.spreadsheets", "openpyxl"),
    ),
)
