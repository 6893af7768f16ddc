"""Tables that go on over pages: the parts after the first get the caption and, where it is not repeated, the head."""

from __future__ import annotations

from itertools import pairwise

from codices.resources.extraction.common.model import Extraction, Table
from codices.resources.extraction.tables.ruled_grid import table_html

BOTTOM, TOP = 0.85, 0.15  # of the page's height: where a part has to end, where the next has to begin
SIDES = 0.02  # of the page's width


def continue_tables(extraction: Extraction) -> None:
    """Give heads and captions to the parts of tables on following pages; doing it twice gives the same."""
    for before, table in pairwise(sorted(extraction.tables, key=lambda table: (table.page or 0, table.order))):
        if not _goes_on(extraction, before, table):
            continue
        if before.caption and not table.caption:
            table.caption = before.caption
        if table.cells[0] != before.cells[0] and _is_head(before.cells[0]):
            table.cells = [list(before.cells[0]), *table.cells]
            table.html = table_html(table.cells)


def _is_head(row: list[str | None]) -> bool:
    return all(row) and not any(character.isdigit() for text in row[1:] if text for character in text)


def _goes_on(extraction: Extraction, before: Table, table: Table) -> bool:
    if not before.box or not table.box or not before.cells or not table.cells:
        return False
    if table.page != (before.page or 0) + 1 or len(before.cells[0]) != len(table.cells[0]):
        return False
    if before.box[3] < BOTTOM or table.box[1] > TOP or table.caption not in ("", before.caption):
        return False
    if abs(before.box[0] - table.box[0]) > SIDES or abs(before.box[2] - table.box[2]) > SIDES:
        return False
    return not any(
        block.box is not None
        and block.kind not in ("header", "footer", "note")
        and (
            (block.page == before.page and block.box[1] > before.box[3])
            or (block.page == table.page and block.box[3] < table.box[1])
        )
        for block in extraction.blocks
    )
