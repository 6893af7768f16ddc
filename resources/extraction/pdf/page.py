"""One page of a PDF: routed, then cut into tables, figures and blocks, or handed to OCR as a picture."""

from __future__ import annotations

from itertools import pairwise

import pypdfium2 as pdfium
from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.captions import caption_kind, match_captions
from codices.resources.extraction.common.model import Block, Box, Extraction, Figure, Page, Table
from codices.resources.extraction.common.pictures import decoration, picture_of
from codices.resources.extraction.pages.gutters import find_gutters
from codices.resources.extraction.pages.layout import DPI as LAYOUT_DPI
from codices.resources.extraction.pages.layout import Region, find_regions
from codices.resources.extraction.pages.legibility import read_words, strips
from codices.resources.extraction.pages.page_pieces import add_pieces
from codices.resources.extraction.pages.pdf_annotations import read_annotations
from codices.resources.extraction.pages.pdf_objects import PageObjects, read_objects
from codices.resources.extraction.pages.pdf_render import crop, render_page
from codices.resources.extraction.pages.pdf_routing import FULL_PAGE, choose_route, image_cover, word_share
from codices.resources.extraction.pages.pdf_text import PageText, TextWord, read_text
from codices.resources.extraction.pages.reading_order import Fixed, Line, make_lines
from codices.resources.extraction.pdf.code import find_code
from codices.resources.extraction.pdf.figures import find_figures, words_inside
from codices.resources.extraction.pdf.scanned_page import find_parts, parse_picture_of_page
from codices.resources.extraction.tables.evidence import ACCEPT
from codices.resources.extraction.tables.pdf_tables import (
    Candidate,
    drawn_edges,
    find_candidates,
    join_cut_tables,
    ruled_tables,
    seen_candidates,
    with_layout,
)
from codices.resources.extraction.tables.prose import PROSE_SPACE, find_prose
from codices.resources.extraction.tables.ruled_grid import table_html
from codices.resources.extraction.tables.sideways import sideways_tables
from codices.resources.extraction.tables.text import make_text_lines, white_strips
from codices.resources.extraction.tables.turned_heads import with_turned_heads
from codices.resources.foundation.failures import ExtractionError, Failure

OCR_DPI = 200  # 150-200 is best measured: 300 is slower and no better
FIGURE_DPI = 200
LAST = 1_000_000  # the order of comments: after everything else of the page
CERTAIN = 0.97
SURELY_NOT, SURELY = 0.1, 0.93  # between them the layout model is asked
MAX_APART, MAX_CELL = 20, 12  # line heights between a row's cells, and of a short cell's width
MIN_CONTRAST = 12  # grey levels between letters that are drawn and their ground
MIN_SHAPES = 12  # paths that are no rules: below it nothing is drawn that could be a figure


def parse_page(document: pdfium.PdfDocument, number: int, extraction: Extraction) -> None:
    """Parse page `number` (from 1) into `extraction`. Raises PdfiumError or ExtractionError for a lost page."""
    page = document[number - 1]
    try:
        text = _without_hidden_layers(page, read_text(page))
        annotations = read_annotations(page)
        text.words += annotations.words
        text.characters += sum(len(word.text) for word in annotations.words)
        objects = read_objects(page)
        width, height = page.get_size()
        route = choose_route(text, objects, width, height, lambda: _words_shown(page, text))
        if text.cut or objects.cut:
            message = f"page {number} has more characters or objects than are read; the rest is left out"
            extraction.warnings.append(Failure("extraction", "too_large", message))
        described = Page(number, width, height, route.name, route.reason)
        if route.name == "ocr":
            parse_picture_of_page(render_page(page, OCR_DPI), described, extraction)
        elif route.name == "mixed" and (picture := _rendered(page, OCR_DPI, described, extraction)) is not None:
            parse_picture_of_page(picture, described, extraction)
            add_pieces(make_lines(text.words), [], described, extraction)
        else:
            extraction.pages.append(described)
            if text.words:
                _parse_text_page(page, text, objects, described, extraction)
        for note, box in annotations.notes:
            # What a comment lies on is no part of it: on a page of pixels its box would take the words away.
            place = boxes.fractions(box, width, height) if route.name == "text" else None
            extraction.blocks.append(Block(note, "note", number, place, order=LAST))
    finally:
        page.close()


def _without_hidden_layers(page: pdfium.PdfPage, text: PageText) -> PageText:
    """The text without the words of layers that are switched off: nothing is drawn where they would stand. Only pages
    with layers are looked at."""
    layered = [word for word in text.words if word.layer]
    if not layered:
        return text
    width, height = page.get_size()
    try:
        picture = render_page(page, LAYOUT_DPI, grey=True).convert("L")
    except ExtractionError:
        return text
    unseen = set()
    for word in layered:
        low, high = crop(picture, boxes.fractions(word.box, width, height)).getextrema()
        if high - low < MIN_CONTRAST:  # pyright: ignore[reportOperatorIssue] - two numbers, for one band
            unseen.add(id(word))
    text.words = [word for word in text.words if id(word) not in unseen]
    text.characters = sum(len(word.text) for word in text.words)
    return text


def _rendered(page: pdfium.PdfPage, dpi: float, described: Page, extraction: Extraction) -> Image.Image | None:
    """The page's picture, or None with a warning for a page box that no resolution can show: its text is kept."""
    try:
        return render_page(page, dpi)
    except ExtractionError as error:
        message = f"page {described.number}: what is drawn on it is left out: {error.message}"
        extraction.warnings.append(Failure("extraction", error.kind, message))
        return None


def _words_shown(page: pdfium.PdfPage, text: PageText) -> float:
    """The share of words among what is read in the picture of the page's longest lines; 0 where nothing is."""
    width, height = page.get_size()
    lines = [line for line in make_lines(text.words) if not line.words[0].angle]
    places = [boxes.fractions(line.box, width, height) for line in lines]
    places.sort(key=lambda box: box[0] - box[2])
    try:
        picture = render_page(page, OCR_DPI, grey=True).convert("L") if places else None
    except ExtractionError:
        return 0.0
    return word_share([word for word, _ in read_words(strips(picture, places))]) if picture else 0.0


def _parse_text_page(
    page: pdfium.PdfPage, text: PageText, objects: PageObjects, described: Page, extraction: Extraction
) -> None:
    width, height = described.width, described.height
    code = find_code(text.words, width)
    coded = {id(word) for block in code for word in block.words}
    words = [word for word in text.words if id(word) not in coded] if coded else text.words
    lines = _page_lines(words, width)
    captions = _captions(lines, drawn_edges(objects, (width, height))[0])
    tables = ruled_tables(objects, words, (width, height))
    tables += sideways_tables(objects, words, (width, height))
    listings = [block.box for block in code]
    taken = [table.box for table in tables] + listings
    # A table in a frame or on fills looks like a drawing: what is surely a table is none.
    first = taken
    candidates = find_candidates(objects, words, captions, first, (width, height))
    contents = [candidate.table.box for candidate in candidates if candidate.evidence["contents"]]
    certain = [candidate for candidate in candidates if _is_certain(candidate)]
    tables += [candidate.table for candidate in certain]
    taken = [table.box for table in tables] + listings
    figures = find_figures(objects, [], lines, captions, [*taken, *contents], width, height)
    regions: list[Region] = []
    scanned = image_cover(objects.images, width, height) > FULL_PAGE and 2 * text.hidden > text.characters
    known = [*taken, *(figure.box for figure in figures)]
    if known != first:
        candidates = find_candidates(objects, words, captions, known, (width, height))
    doubt = any(SURELY_NOT < candidate.probability < SURELY for candidate in candidates)
    if scanned or doubt or _leaves_questions(objects, captions, taken, candidates, [figure.box for figure in figures]):
        picture = _rendered(page, OCR_DPI if scanned else LAYOUT_DPI, described, extraction)
        if picture is not None:
            regions = _seen_regions(picture) if scanned else find_regions(picture)
            figures = find_figures(objects, regions, lines, captions, [*taken, *contents], width, height)
    before, known = known, [*taken, *(figure.box for figure in figures)]
    if regions:
        if known != before:
            candidates = find_candidates(objects, words, captions, known, (width, height))
        candidates = with_layout(candidates, regions, (width, height))
        candidates += seen_candidates(
            regions, objects, words, captions, [*known, *(c.table.box for c in candidates)], (width, height)
        )
    tables += [candidate.table for candidate in candidates if candidate.probability >= ACCEPT]
    described.reason += _doubts(candidates)
    tables = [with_turned_heads(table, words) for table in join_cut_tables(tables)]
    caption_boxes = [box for box, _ in captions]
    used: set[int] = set()
    fixed = [Fixed(block.box, Block(block.text, "code", size=round(block.size, 1))) for block in code]
    for table in tables:
        fixed.append(Fixed(table.box, Table(table.cells, table_html(table.cells))))
        used.update(id(word) for word in table.words)
    lines = _without(lines, used)
    picture = _rendered(page, FIGURE_DPI, described, extraction) if figures else None
    for found in figures if picture is not None else ():
        assert picture is not None
        pixels = crop(picture, boxes.fractions(found.box, width, height))
        box = found.box
        if decoration(pixels, box[2] - box[0], box[3] - box[1]):
            continue
        made = picture_of(pixels, "figure", page=described.number)
        extraction.pictures.setdefault(made.image_id, made)
        labels = words_inside(lines, box, caption_boxes)
        lines = [line for line in lines if line not in labels]
        figure = Figure(made.image_id, words=" ".join(line.text for line in labels))
        fixed.append(Fixed(box, figure))
    add_pieces(lines, fixed, described, extraction)


def _page_lines(words: list[TextWord], width: float) -> list[Line]:
    """The page's lines, which go through no gutter; `width` is the page's."""
    walls = find_gutters(words, width)
    upright = [word for word in words if not word.angle]
    narrow = [block for block in find_prose(make_text_lines(upright, (), PROSE_SPACE)) if block.narrow]
    if not narrow:
        return make_lines(words, walls)
    whole = boxes.union(block.box for block in narrow)
    gutters = [(a + b) / 2 for a, b in white_strips([(block.box[0], block.box[2]) for block in narrow], 3.0)]
    inside = [word for word in upright if boxes.contains(whole, boxes.center(word.box))]
    held = {id(word) for word in inside}
    lines = make_lines([word for word in words if id(word) not in held], walls)
    for left, right in pairwise([whole[0], *gutters, whole[2]]):
        column = [word for word in inside if left <= boxes.center(word.box)[0] < right]
        lines += [Line(list(phrase.words)) for line in make_text_lines(column, (), right - left) for phrase in line]
    return lines


def _seen_regions(picture: Image.Image) -> list[Region]:
    """Tables and figures of a scan whose words a text layer holds: everything else about it is only pixels."""
    tables, figures = find_parts(picture)
    return [Region(kind, 1.0, box) for kind, found in (("table", tables), ("figure", figures)) for box in found]


def _without(lines: list[Line], used: set[int]) -> list[Line]:
    """The lines without the words (by id) that tables hold."""
    result = []
    for line in lines:
        left = [word for word in line.words if id(word) not in used]
        if len(left) == len(line.words):
            result.append(line)
        elif left:
            result.extend(make_lines(left))
    return result


def _captions(lines: list[Line], rules: list[tuple[float, float, float]]) -> list[tuple[Box, str]]:
    """Captions on the page with the lines that go on below them."""
    found = []
    for line in lines:
        if caption_kind(line.text) is None:
            continue
        box, text = line.box, line.text
        below = sorted((other for other in lines if other is not line), key=lambda other: other.box[1])
        for other in below[:400]:
            gap = other.box[1] - box[3]
            if (
                -0.3 * line.size <= gap <= 0.6 * line.size
                and abs(other.size - line.size) < 0.12 * line.size
                and boxes.shared_width(other.box, box) > 0.5 * (other.box[2] - other.box[0])
                and caption_kind(other.text) is None
                and not _in_row(other, lines)
                and not any(
                    box[3] - 2 < y < other.box[3] - 0.5 * other.size and x0 < box[2] and x1 > box[0]
                    for y, x0, x1 in rules
                )
            ):
                box, text = boxes.union((box, other.box)), f"{text} {other.text}"
        found.append((box, text))
    return found


def _in_row(line: Line, lines: list[Line]) -> bool:
    """Whether other short lines stand on the line's level, as a row's cells do."""
    return any(
        max(other.box[0] - line.box[2], line.box[0] - other.box[2]) < MAX_APART * line.size
        and not boxes.shared_width(other.box, line.box)
        and boxes.shared_height(other.box, line.box) > 0.6 * line.size
        and other.box[2] - other.box[0] < MAX_CELL * line.size
        for other in lines
        if other is not line
    )


def _is_certain(candidate: Candidate) -> bool:
    """Whether no drawing may claim the zone: it is surely a table, or is called one by its caption."""
    named = candidate.evidence["caption"] > 0
    return candidate.probability >= (ACCEPT if named else CERTAIN)


def _doubts(candidates: list[Candidate]) -> str:
    """What the page's reason says of zones that were read as text, or as a table, without being sure."""
    doubtful = [c.probability for c in candidates if SURELY_NOT < c.probability < SURELY]
    if not doubtful:
        return ""
    chances = ", ".join(f"{chance:.2f}" for chance in doubtful)
    return f"; perhaps a table (read as one from {ACCEPT} on): {chances}"


def _leaves_questions(
    objects: PageObjects,
    captions: list[tuple[Box, str]],
    tables: list[Box],
    candidates: list[Candidate],
    figures: list[Box],
) -> bool:
    """Whether the page's pictures, drawings, rules and words leave something that the layout model has to tell.

    That is: a caption without its figure or table, several pictures that may be one figure, or shapes that are part
    of none. The model takes longer than everything else on a page together.
    """
    named = [box for box, text in captions if caption_kind(text) == "figure"]
    pairs = match_captions(figures, named)
    if len(pairs) < len(named) or (named and len(figures) > len(pairs)):
        return True
    sure = [candidate.table.box for candidate in candidates if candidate.probability >= SURELY]
    known = [*tables, *figures, *sure]
    loose = [shape for shape in objects.shapes if not any(boxes.overlap(shape, box) > 0.5 for box in known)]
    if len(loose) >= MIN_SHAPES:
        return True
    return sum(caption_kind(text) == "table" for _, text in captions) > len(tables) + len(sure)
