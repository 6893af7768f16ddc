"""Image files as documents: a picture is a figure, a scanned page is a page, a table in it is a table."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import SHOWN, WHOLE_PAGE, Box, Extraction, Figure, Page, Picture, Table
from codices.resources.extraction.common.pictures import decode, make_picture, open_image, picture_of
from codices.resources.extraction.pages.fills import dark_on_light
from codices.resources.extraction.pages.layout import Region, find_regions
from codices.resources.extraction.pages.light import evenly_lit
from codices.resources.extraction.pages.orientation import quarter_turns, skew, straightened, turned
from codices.resources.extraction.pages.pdf_render import crop
from codices.resources.extraction.pages.sheet import find_sheet, laid_flat
from codices.resources.extraction.pdf.finish import finish_pages
from codices.resources.extraction.pdf.pixel_shapes import (
    Written,
    is_text,
    looks_like_cells,
    phrases_in_columns,
    ruled_grids,
    written,
)
from codices.resources.extraction.pdf.scanned_page import parse_picture_of_page, with_margin
from codices.resources.foundation import plain_pictures
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_FRAMES = 2000
PAGE_SIDE = 1000  # pixels; a smaller picture is no scan of a page
PAGE_TEXT = 0.25  # of the picture covered by regions of text: then it is a page
MAX_TABLE = 0.4  # of the picture: more, and the picture is the table's
BESIDE_LETTERS, BESIDE_LINES = 60, 3  # beside tables, on a page that has more than these
# Measured on screenshots of documentation: those of text have 229 letters and more, aligned .55-.84, flat .55-.98,
# drawn 0-.3; charts and diagrams are drawn over .38 and more, or aligned under .55.
SCREEN_LETTERS, SCREEN_LINES = 120, 5
SCREEN_ALIGNED, SCREEN_FLAT, SCREEN_DRAWN = 0.55, 0.5, 0.35
MIN_TABLE = 0.08  # of the picture
MOSTLY = 0.8  # of the picture: then the whole of it is the table's crop

_OF_PICTURES = ("TIFF", "HEIF")  # formats whose files may hold several pictures
_DAMAGE = (OSError, ValueError, SyntaxError, TypeError, KeyError)  # what Pillow raises for a frame cut off
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")


def frame_count(data_path: Path, options: ExtractionOptions) -> int:
    """How many pictures of the file are read: those of a TIFF or HEIC file up to MAX_FRAMES, one of any other.

    Raises ExtractionError as `pictures.open_image`.
    """
    return _count(open_image(data_path.read_bytes(), options.max_pixels))


def _count(image: Image.Image) -> int:
    """As `frame_count`; where the file is damaged, the frame that cannot be reached counts: its loss has to be told."""
    count = 1
    if image.format not in _OF_PICTURES:
        return count
    try:
        while count < MAX_FRAMES:
            image.seek(count)
            count += 1
    except EOFError:
        return count
    except _DAMAGE:
        return count + 1
    return count


def _is_animated(image: Image.Image) -> bool:
    try:
        return image.format in _ANIMATED and getattr(image, "is_animated", False)
    except (*_DAMAGE, EOFError):
        return False  # damaged after its first frame


def parse_image_file(data_path: Path, path: str, options: ExtractionOptions, pages: range | None = None) -> Extraction:
    """Parse an image file; every picture in a TIFF or HEIC file is a page, of an animation only the first is taken.

    `pages` (counted from 1) asks for some of the pictures; the caller then merges them and calls `finish_pages`.

    What shows a page or screen of text has route "ocr", with figures and tables cut out as on a PDF's scanned page; a
    file of one picture is a figure as well, which fills the page. Any other picture is one figure that fills its page,
    and a table in it is a table as well, its cells left to OCR. The page's reason has the facts that decided.
    EXIF orientation is applied first. Raises ExtractionError as `pictures.open_image` and `pictures.decode`.
    """
    data = data_path.read_bytes()
    image = open_image(data, options.max_pixels)
    extraction = Extraction(Image.MIME.get(image.format or "", "image/png"))
    if (frames := _count(image)) > 1:
        _add_frames(image, pages or range(1, frames + 1), extraction, options)
    else:
        _add_picture(decode(image), 1, extraction, data, options)
        if _is_animated(image):
            message = "an animation: only its first frame is read"
            extraction.warnings.append(Failure("extraction", "unsupported", message))
    if not extraction.pages:
        reasons = "; ".join(warning.message for warning in extraction.warnings[:3])
        raise ExtractionError("corrupt", f"no frame of {path} can be decoded: {reasons}")
    return extraction if pages is not None else finish_pages(extraction)


def _add_frames(image: Image.Image, numbers: range, extraction: Extraction, options: ExtractionOptions) -> None:
    number = 0
    try:
        for number in numbers:
            image.seek(number - 1)
            if image.width * image.height > options.max_pixels:
                message = f"frame {number} has {image.width} x {image.height} pixels"
                extraction.warnings.append(Failure("extraction", "too_large", message))
                continue
            _add_picture(plain_pictures.plain(image.copy()), number, extraction, None, options)
    except (*_DAMAGE, EOFError) as error:
        message = f"frame {number} cannot be decoded: {error}"
        extraction.warnings.append(Failure("extraction", "corrupt", message))
    if MAX_FRAMES in numbers:
        message = f"no more than {MAX_FRAMES} frames are read"
        extraction.warnings.append(Failure("extraction", "too_large", message))


def _add_picture(
    image: Image.Image, number: int, extraction: Extraction, data: bytes | None, options: ExtractionOptions
) -> None:
    dpi = _dpi(image)
    part_of_scan = data is None and extraction.media_type == "image/tiff"
    page = Page(number, image.width * 72 / dpi, image.height * 72 / dpi, "ocr", "an image file")
    shown = image
    if image.mode == "RGBA":
        shown = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    sheet = find_sheet(shown)
    plain = dark_on_light(laid_flat(shown, sheet) if sheet else image)
    regions = find_regions(plain)
    facts = written(plain)
    is_page = _is_page(plain, regions, part_of_scan) or _is_screen(plain, regions, facts)
    turns = None
    if not is_page:
        turns = _turns_of_page(plain, part_of_scan)
    if is_page or turns is not None:
        page.reason += f" that shows a page of text: {facts}"
        parse_picture_of_page(shown, page, extraction, turns)
        if data is not None:
            _add_whole(make_picture(data, SHOWN, max_pixels=options.max_pixels), page, extraction)
        return
    if sheet:  # a light card with a picture on it
        plain = dark_on_light(image)
        regions = find_regions(plain)
    page.route = "image"
    page.reason += f", one picture: {facts}"
    extraction.pages.append(page)
    made = picture_of(image, "figure") if data is None else make_picture(data, "figure", max_pixels=options.max_pixels)
    _add_whole(made, page, extraction)
    for order, box in enumerate(_tables(plain, regions), 2):
        picture = made
        if boxes.area(box) < MOSTLY:
            picture = picture_of(crop(shown, with_margin(box)), "table")
            extraction.pictures.setdefault(picture.image_id, picture)
        extraction.pictures[picture.image_id].role = "table"
        extraction.tables.append(Table([], page=number, box=box, order=order, image_id=picture.image_id))


def _add_whole(picture: Picture, page: Page, extraction: Extraction) -> None:
    extraction.pictures.setdefault(picture.image_id, picture)
    extraction.figures.append(Figure(picture.image_id, page=page.number, box=WHOLE_PAGE, order=1))


def _turns_of_page(image: Image.Image, part_of_scan: bool) -> int | None:
    """By how many degrees the picture has to be turned clockwise (and then straightened) to show a page of text; None
    where it shows none even so."""
    if max(image.size) < PAGE_SIDE:
        return None
    lit = evenly_lit(image)
    degrees = quarter_turns(lit)
    angle = skew(turned(lit, degrees))
    if not degrees and not angle:
        return None
    upright = straightened(turned(image, degrees), angle)
    return degrees if _is_page(upright, find_regions(upright), part_of_scan) else None


def _tables(image: Image.Image, regions: list[Region]) -> list[Box]:
    """Tables in a picture: ruled, seen by the layout model, or nothing but phrases in columns."""
    grey = image.convert("L")
    found = [
        boxes.fractions(grid.box, *map(float, grey.size)) for grid in ruled_grids(grey) if looks_like_cells(grey, grid)
    ]
    found = [box for box in found if boxes.area(box) >= MIN_TABLE]
    for region in regions:
        if region.kind == "table" and boxes.area(region.box) >= MIN_TABLE:
            met = any(boxes.overlap(box, region.box) > 0.3 or boxes.overlap(region.box, box) > 0.3 for box in found)
            if not met:
                found.append(region.box)
    if not found:
        box = phrases_in_columns(grey)
        if box is not None:
            found.append(boxes.fractions(box, *map(float, grey.size)))
    return found


def _dpi(image: Image.Image) -> float:
    """The picture's resolution: as it says where that is plausible, else so that a large one is a page of A4."""
    found = image.info.get("dpi", (0, 0))
    try:
        dpi = float(found[0])
    except (TypeError, ValueError, IndexError):
        dpi = 0.0
    if 90 <= dpi <= 1200:
        return dpi
    return max(96.0, max(image.size) / 11.69)


def _is_screen(image: Image.Image, regions: list[Region], facts: Written) -> bool:
    """Whether most of the picture is lines of letters on flat ground, as on a screen or a small page, and not only in a
    table."""
    many = facts.letters >= SCREEN_LETTERS and facts.lines >= SCREEN_LINES
    text = facts.aligned >= SCREEN_ALIGNED and facts.flat >= SCREEN_FLAT and facts.drawn <= SCREEN_DRAWN
    if not many or not text:
        return False
    tables = [region.box for region in regions if region.kind == "table"]
    if not tables:
        return phrases_in_columns(image) is None
    rest = image.copy()
    for box in tables:
        x0, y0, x1, y1 = boxes.scale(with_margin(box), *image.size)
        rest.paste(255, (round(x0), round(y0), round(x1), round(y1)))
    beside = written(rest)
    return beside.letters >= BESIDE_LETTERS and beside.lines >= BESIDE_LINES


def _is_page(image: Image.Image, regions: list[Region], part_of_scan: bool) -> bool:
    """Whether the picture shows a page of text: much of it is text, or all that is on it.

    A frame of several needs less: such files come from scanners.
    """
    texts = [region for region in regions if region.kind in ("text", "title")]
    if max(image.size) < PAGE_SIDE or not texts:
        return False
    if len(texts) == 1 and not part_of_scan and boxes.area(texts[0].box) < PAGE_TEXT:
        return False
    if any(region.kind == "table" and boxes.area(region.box) > MAX_TABLE for region in regions):
        return part_of_scan
    kinds = ("text", "title", "table", "header", "footer", "figure", "caption")
    covered = sum(boxes.area(region.box) for region in regions if region.kind in kinds)
    written = sum(boxes.area(region.box) for region in texts)
    if covered >= PAGE_TEXT and written >= 0.1 and len(texts) > 1:
        return True
    return part_of_scan or is_text(image.convert("L"), (0.0, 0.0, float(image.width), float(image.height)))
