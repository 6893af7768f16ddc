"""Objects that travel inside Word and PowerPoint files: the tables of a workbook; others are warned of."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from codices.resources.extraction.common.flow import Flow
from codices.resources.extraction.common.limits import check_archive
from codices.resources.extraction.formats.office.workbooks import read_xlsx
from codices.resources.extraction.formats.spreadsheets import write_cells
from codices.resources.foundation.failures import ExtractionError

_WORKBOOKS = (".xlsx", ".xlsm")


def write_embedded(part: Any, program: str, flow: Flow) -> None:
    """Writes what an embedded part says; `program` is its class as the document names it ("Excel.Sheet.12")."""
    name = str(part.partname)
    if not name.lower().endswith(_WORKBOOKS):
        flow.warn("part_lost", f"an embedded object is not read: {name} ({program or 'of no known program'})")
        return
    try:
        with tempfile.TemporaryDirectory(prefix="codices-") as folder:
            file = Path(folder, "embedded.xlsx")
            file.write_bytes(part.blob)
            check_archive(file, flow.options)
            for sheet in read_xlsx(file, flow.options).sheets:
                write_cells(sheet, flow, flow.options, [])
    except ExtractionError as error:
        flow.warn("part_lost", f"an embedded workbook is not read: {name}: {error.message}")
