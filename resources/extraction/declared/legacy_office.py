"""Office formats that LibreOffice turns into newer ones."""

from functools import partial

from codices.resources.extraction.common.format import LIBREOFFICE, Format
from codices.resources.extraction.common.media_types import DOC, ODP, ODS, PPT, XLS, XLSB
from codices.resources.extraction.declared.depends import READERS

_converted = partial(Format, reader=f"{READERS}.legacy_office:parse_legacy")
_SLIDES = ("python-pptx", LIBREOFFICE)
_SHEETS = ("openpyxl", "python-calamine", LIBREOFFICE)

FORMATS = (
    _converted(DOC, "an old Word document", suffixes=(".doc",), libraries=("python-docx", LIBREOFFICE)),
    _converted(PPT, "an old PowerPoint presentation", suffixes=(".ppt",), libraries=_SLIDES),
    _converted(ODP, "an OpenDocument presentation", suffixes=(".odp",), libraries=_SLIDES),
    _converted(XLS, "an old Excel workbook", suffixes=(".xls",), libraries=_SHEETS),
    _converted(XLSB, "a binary Excel workbook", suffixes=(".xlsb",), libraries=_SHEETS),
    _converted(ODS, "an OpenDocument spreadsheet", suffixes=(".ods",), libraries=_SHEETS),
)
