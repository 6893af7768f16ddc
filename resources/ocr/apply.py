"""Readings put back into the extraction: scanned pages become blocks, crops of tables get their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import (
    SHOWN,
    WHOLE_PAGE,
    Block,
    Box,
    Extraction,
    Figure,
    Page,
    Reading,
    Table,
)
from codices.resources.extraction.pages.gutters import find_gutters
from codices.resources.extraction.pages.orientation import as_before
from codices.resources.extraction.pages.page_pieces import add_pieces
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.pages.reading_order import Fixed, make_lines
from codices.resources.extraction.pages.sheet import as_photographed
from codices.resources.extraction.pdf.finish import finish_pages

MIN_TEXT = 20  # characters: a crop without cells and with less text is a drawing
INSIDE = 0.5  # of a word's box in a figure or table: then it is that one's word


def apply_readings(extraction: Extraction, readings: Mapping[str, Reading]) -> Extraction:
    """Make blocks of what was read on the pages, fill the tables' cells, and finish the document again.

    `readings` are by image_id; a page or table without a reading stays as it is. Words of a page inside a figure
    or table of it are left to that one; a crop of a table in which no cells were found becomes
    text in its place, or a figure where it has hardly any.
    Changes and returns `extraction`; to be called once.
    """
    for page in extraction.pages:
        reading = readings.get(page.image_id or "")
        if reading is not None:
            _apply_page(extraction, page, reading, readings)
    for table in list(extraction.tables):
        reading = readings.get(table.image_id or "")
        if reading is not None and not table.cells:
            _fill(extraction, table, reading)
    for page in extraction.pages:
        if page.corners:
            _onto_photograph(extraction, page)
    # Office files and web pages say themselves what is a heading; only on drawn pages it is found by looks.
    drawn = extraction.media_type == "application/pdf" or extraction.media_type.startswith("image/")
    return finish_pages(extraction) if drawn and extraction.pages else extraction


def with_shown(extractions: Iterable[Extraction], readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """The readings (by image_id), and one for each picture that was read as a page: the words of that page and of its
    tables and figures, from top to bottom. Such a picture is a figure as well, and is not read twice.

    To be called before `apply_readings`, which takes empty tables away.
    """
    found = dict(readings)
    for extraction in extractions:
        for figure in extraction.figures:
            picture = extraction.pictures.get(figure.image_id or "")
            if picture is not None and picture.role == SHOWN:
                found[picture.image_id] = _shown(extraction, picture.image_id, figure.page, readings)
    return found


def _shown(extraction: Extraction, image_id: str, page: int | None, readings: Mapping[str, Reading]) -> Reading:
    parts = [(0.0, each.image_id or "") for each in extraction.pages if each.number == page]
    pieces = (*extraction.tables, *extraction.figures)
    parts += sorted((each.box[1], each.image_id or "") for each in pieces if each.page == page and each.box)
    read = [readings[part] for _, part in parts if part != image_id and part in readings]
    confidence = read[0].confidence if read else 0.0
    return Reading(image_id, text="\n".join(each.text for each in read if each.text), confidence=confidence)


def _fill(extraction: Extraction, table: Table, reading: Reading) -> None:
    if reading.cells:
        table.cells, table.html = reading.cells, reading.html
        return
    extraction.tables.remove(table)
    page, box, order = table.page, table.box, table.order
    shown = any(
        figure.page == page and figure.box and box and boxes.overlap(box, figure.box) > 0.8
        for figure in extraction.figures
    )
    if shown:
        return  # a picture that only looked like a table; its words are the figure's
    if len(reading.text) >= MIN_TEXT:
        extraction.blocks.append(Block(reading.text, "text", page, box, table.heading_path, order))
    elif table.image_id in extraction.pictures:
        extraction.pictures[table.image_id].role = "figure"
        extraction.figures.append(Figure(table.image_id, table.caption, page=page, box=box, order=order))


def _apply_page(extraction: Extraction, page: Page, reading: Reading, readings: Mapping[str, Reading]) -> None:
    if reading.rotation:
        _turn(extraction, page, reading.rotation)
    parts = [
        part
        for part in (*extraction.tables, *extraction.figures)
        if part.page == page.number and part.box not in (None, WHOLE_PAGE)
    ]
    known = [block for block in extraction.blocks if block.page == page.number and block.box is not None]
    level = [_levelled(part, reading.skew, page) for part in parts]
    taken = level + [_levelled(block, reading.skew, page) for block in known]
    words = []
    for word in reading.words:
        box = as_before(word.box, -reading.skew, round(page.width), round(page.height))
        if not any(boxes.overlap(box, other) > INSIDE for other in taken):
            size = (box[3] - box[1]) * page.height
            words.append(TextWord(word.text, boxes.scale(box, page.width, page.height), size))
    fixed = [Fixed(boxes.scale(box, page.width, page.height), part) for box, part in zip(level, parts, strict=True)]
    places = [part.box for part in parts]
    # Lines are found where they run level; what was found goes back to where it stands on the page.
    before = len(extraction.blocks)
    add_pieces(make_lines(words, find_gutters(words, page.width)), fixed, page, extraction, first=1000 if known else 0)
    for block in extraction.blocks[before:]:
        assert block.box is not None
        block.box = as_before(block.box, reading.skew, round(page.width), round(page.height))
    for part, place in zip(parts, places, strict=True):
        part.box = place


def _onto_photograph(extraction: Extraction, page: Page) -> None:
    for piece in (*extraction.blocks, *extraction.tables, *extraction.figures):
        if piece.page == page.number and piece.box is not None:
            piece.box = as_photographed(piece.box, page.corners, page.turned)


def _levelled(part: Block | Table | Figure, skew: float, page: Page) -> Box:
    assert part.box is not None
    return as_before(part.box, -skew, round(page.width), round(page.height))


def _turn(extraction: Extraction, page: Page, degrees: int) -> None:
    """The page's picture turned out to stand on its side or head: its boxes turn with it."""
    for piece in (*extraction.tables, *extraction.figures):
        if piece.page == page.number and piece.box is not None:
            piece.box = boxes.turned(piece.box, degrees)
    page.turned = (page.turned + degrees) % 360
    if degrees % 180:
        page.width, page.height = page.height, page.width
