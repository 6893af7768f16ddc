"""A page that exists only as pixels: turned upright, its figures and tables cut out, the rest left to OCR."""

from __future__ import annotations

from PIL import Image

from resources.extraction import boxes
from resources.extraction.layout import find_regions
from resources.extraction.model import Box, Extraction, Figure, Page, Table
from resources.extraction.orientation import as_before, quarter_turns, skew, straightened, turned
from resources.extraction.pdf_render import crop
from resources.extraction.pictures import decoration, is_blank, picture_of

MIN_FIGURE_SCORE = 0.6
MIN_TABLE_SCORE = 0.6


def parse_picture_of_page(image: Image.Image, page: Page, extraction: Extraction) -> None:
    """Add a page from its picture: a picture of role "page" for OCR, and crops of its figures and tables.

    Where the picture has to be turned by quarters to be upright, page size and all boxes are those of the
    upright page. Crops come from the straightened picture; their boxes lie on the page as it is.
    """
    extraction.pages.append(page)
    if is_blank(image):
        page.route = "empty"
        page.reason += ", blank"
        return
    degrees = quarter_turns(image)
    if degrees:
        image = turned(image, degrees)
        page.reason += f", turned by {degrees}"
        if degrees % 180:
            page.width, page.height = page.height, page.width
    grey = picture_of(image.convert("L"), "page", page=page.number)
    page.image_id = grey.image_id
    extraction.pictures.setdefault(grey.image_id, grey)
    angle = skew(image)
    straight = straightened(image, angle)
    tables: list[Box] = []
    regions = find_regions(straight)
    for region in regions:
        if region.kind == "table" and region.score >= MIN_TABLE_SCORE:
            tables.append(region.box)
    figures: list[Box] = []
    for region in regions:
        if region.kind != "figure" or region.score < MIN_FIGURE_SCORE:
            continue
        if any(boxes.overlap(region.box, table) > 0.5 for table in tables):
            continue
        figures.append(region.box)
    for box in tables:
        made = picture_of(crop(straight, _grown(box)), "table", page=page.number)
        extraction.pictures.setdefault(made.image_id, made)
        place = as_before(box, angle, image.width, image.height)
        extraction.tables.append(Table([], page=page.number, box=place, image_id=made.image_id))
    for box in figures:
        pixels = crop(straight, box)
        if decoration(pixels, (box[2] - box[0]) * page.width, (box[3] - box[1]) * page.height):
            continue
        made = picture_of(pixels, "figure", page=page.number)
        extraction.pictures.setdefault(made.image_id, made)
        place = as_before(box, angle, image.width, image.height)
        extraction.figures.append(Figure(made.image_id, page=page.number, box=place))


def _grown(box: Box) -> Box:
    x0, y0, x1, y1 = boxes.grow(box, 0.005)
    return (max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0))
