"""A page that exists only as pixels: turned upright, its figures and tables cut out, the rest left to OCR."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box, Extraction, Figure, Page, Table
from codices.resources.extraction.common.pictures import decoration, is_blank, picture_of
from codices.resources.extraction.pages.fills import dark_on_light
from codices.resources.extraction.pages.layout import Region, find_regions
from codices.resources.extraction.pages.light import evenly_lit
from codices.resources.extraction.pages.orientation import as_before, quarter_turns, skew, straightened, turned
from codices.resources.extraction.pages.pdf_render import crop
from codices.resources.extraction.pages.sheet import find_sheet, laid_flat
from codices.resources.extraction.pdf.pixel_shapes import (
    graphic_regions,
    is_text,
    looks_like_cells,
    ruled_grids,
    uncut,
    with_filled_rows,
    without_rules,
)

MIN_TABLE_SCORE = 0.6
MIN_FIGURE_SCORE = 0.5
SURE_FIGURE = 0.75  # score from which a figure needs no ink of its own as witness
CAPTION_GAP = 0.018  # of the page's height: two lines of text fit between
LABELS = 0.04  # of the page: as far from its axes a chart's labels may stand
MIN_DRAWN = 0.012  # of the page: a smaller drawing without the model's word is a stamp or a bracket


def parse_picture_of_page(image: Image.Image, page: Page, extraction: Extraction, turns: int | None = None) -> None:
    """Add a page from its picture: a picture of role "page" for OCR, and crops of its figures and tables.

    A sheet that was photographed at an angle is laid flat first: page size and boxes are those of the sheet until
    `apply_readings` puts them where they are seen. Where the picture has to be turned by quarters to be upright, page
    size and all boxes are those of the upright page; `turns` are the degrees, where the caller knows them already.
    Crops come from the straightened picture; their boxes lie on the page as it is. In the page's own picture they are
    painted over: their words are read from the crops, and no line of text is joined to a chart.
    """
    extraction.pages.append(page)
    if is_blank(image):
        page.route = "empty"
        page.reason += ", blank"
        return
    if page.route == "ocr" and (corners := find_sheet(image)):
        flat = laid_flat(image, corners)
        page.corners, page.reason = corners, f"{page.reason}, a photographed sheet laid flat"
        page.width, page.height = page.width * flat.width / image.width, page.height * flat.height / image.height
        image = flat
    original, image = image, evenly_lit(image)
    plain = dark_on_light(image)
    degrees = quarter_turns(plain) if turns is None else turns
    if degrees:
        original, image, plain = (turned(each, degrees) for each in (original, image, plain))
        page.turned = degrees
        page.reason += f", turned by {degrees}"
        if degrees % 180:
            page.width, page.height = page.height, page.width
    angle = skew(plain)
    straight = straightened(image, angle)
    tables, figures = find_parts(straightened(plain, angle))
    lit, size = straight.convert("L"), (float(straight.width), float(straight.height))
    tables = [boxes.fractions(with_filled_rows(lit, boxes.scale(box, *size)), *size) for box in tables]
    coloured = straightened(original, angle) if figures else straight
    grey = plain.copy()
    _paint_over(grey, [*tables, *figures], angle)
    read = picture_of(grey, "page", page=page.number)
    page.image_id = read.image_id
    extraction.pictures.setdefault(read.image_id, read)
    for box in tables:
        made = picture_of(crop(straight, with_margin(box)), "table", page=page.number)
        extraction.pictures.setdefault(made.image_id, made)
        place = as_before(box, angle, image.width, image.height)
        extraction.tables.append(Table([], page=page.number, box=place, image_id=made.image_id))
    for box in figures:
        pixels = crop(coloured, box)
        if decoration(pixels, (box[2] - box[0]) * page.width, (box[3] - box[1]) * page.height):
            continue
        made = picture_of(pixels, "figure", page=page.number)
        extraction.pictures.setdefault(made.image_id, made)
        place = as_before(box, angle, image.width, image.height)
        extraction.figures.append(Figure(made.image_id, page=page.number, box=place))


def find_parts(image: Image.Image) -> tuple[list[Box], list[Box]]:
    """Boxes (fractions) of the tables and of the figures on an upright page's picture."""
    regions = find_regions(image)
    grey = image.convert("L")
    frame = (0.0, 0.0, float(grey.width), float(grey.height))
    seen = [region for region in regions if region.kind == "figure" and region.score >= MIN_FIGURE_SCORE]
    tables: list[Box] = []
    blots = graphic_regions(grey, [])
    for grid in ruled_grids(grey):
        # Frames within a screenshot or a chart's grid: part of a drawing that goes well beyond them.
        part = any(
            boxes.overlap(grid.box, blot) > 0.8 and boxes.area(grid.box) < 0.7 * boxes.area(blot) for blot in blots
        )
        if not part and looks_like_cells(grey, grid):
            tables.append(boxes.fractions(grid.box, *frame[2:]))
    for region in regions:
        if region.kind == "table" and region.score >= MIN_TABLE_SCORE and not _meets(region.box, tables, 0.3):
            tables.append(region.box)
    tables = [boxes.fractions(uncut(grey, boxes.scale(box, *frame[2:])), *frame[2:]) for box in tables]
    drawn = [
        boxes.fractions(box, *frame[2:])
        for box in graphic_regions(grey, [boxes.scale(table, *frame[2:]) for table in tables])
    ]
    return tables, _figures(grey, seen, drawn, tables)


def _figures(grey: Image.Image, seen: Sequence[Region], drawn: Sequence[Box], tables: Sequence[Box]) -> list[Box]:
    figures: list[Box] = []
    unruled = without_rules(grey)
    for region in seen:
        if _meets(region.box, tables, 0.4):
            continue
        inside = [box for box in drawn if boxes.overlap(box, region.box) > 0.6]
        if not inside and (region.score < SURE_FIGURE or is_text(unruled, boxes.scale(region.box, *grey.size))):
            continue
        for box in _parts(unruled, region.box, inside):
            if not _meets(box, figures, 0.5):
                figures.append(box)
    for box in drawn:
        known = _meets(box, figures, 0.4) or _meets(box, tables, 0.3)
        if boxes.area(box) >= MIN_DRAWN and not known and not is_text(grey, boxes.scale(box, *grey.size)):
            figures.append(box)
    return sorted(figures, key=lambda box: (box[1], box[0]))


def _parts(grey: Image.Image, region: Box, inside: Sequence[Box]) -> list[Box]:
    """The figures in a region that the model took for one: drawings over each other, with a caption's gap between."""
    if not inside:
        return [region]
    groups: list[Box] = []
    for box in sorted((box for box in inside if boxes.area(box) >= MIN_DRAWN / 2), key=lambda box: box[1]):
        if groups and box[1] - groups[-1][3] < CAPTION_GAP:
            groups[-1] = boxes.union((groups[-1], box))
        else:
            groups.append(box)
    if len(groups) > 1:
        return groups
    whole = boxes.union(inside)
    if boxes.iou(whole, region) > 0.6:
        return [whole]
    # The model may take in paragraphs and tables over or under a drawing: beyond its labels that is cut off.
    x0, y0, x1, y1 = boxes.union([region, *inside])
    reach = max(LABELS, 0.3 * (whole[3] - whole[1]))
    scale = (grey.width, grey.height)
    if whole[1] - y0 > reach and is_text(grey, boxes.scale((x0, y0, x1, whole[1] - LABELS / 2), *scale)):
        y0 = whole[1] - LABELS / 2
    if y1 - whole[3] > reach and is_text(grey, boxes.scale((x0, whole[3] + LABELS, x1, y1), *scale)):
        y1 = whole[3] + LABELS
    return [(x0, y0, x1, y1)]


def _meets(box: Box, others: Sequence[Box], share: float) -> bool:
    return any(boxes.overlap(box, other) > share or boxes.overlap(other, box) > share for other in others)


def _paint_over(grey: Image.Image, parts: Sequence[Box], angle: float) -> None:
    draw = ImageDraw.Draw(grey)
    width, height = grey.size
    for x0, y0, x1, y1 in parts:
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        placed = [as_before((x, y, x, y), angle, width, height) for x, y in corners]
        draw.polygon([(x * width, y * height) for x, y, _, _ in placed], fill=255)


def with_margin(box: Box) -> Box:
    """A table's box (fractions) with room for its outermost rules, which are not seen at a picture's edge."""
    x0, y0, x1, y1 = boxes.grow(box, 0.005)
    return (max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0))
