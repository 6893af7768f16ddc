"""Image files as documents: a picture is a figure, a scanned page is a page, a table in it is a table."""

from __future__ import annotations

from pathlib import Path

import filetype
from PIL import Image, ImageSequence

from resources.extraction.layout import Region, find_regions
from resources.extraction.model import Extraction, ExtractionError, Failure, Figure, Page
from resources.extraction.options import ExtractionOptions
from resources.extraction.pdf_finish import finish_pages
from resources.extraction.pictures import MAX_PIXELS, make_picture, open_image, picture_of, plain
from resources.extraction.scanned_page import parse_picture_of_page

MAX_FRAMES = 2000
PAGE_SIDE = 1000  # pixels; a smaller picture is no scan of a page
PAGE_TEXT = 0.25  # of the picture covered by regions of text: then it is a page


def parse_image_file(data_path: Path, path: str, options: ExtractionOptions) -> Extraction:
    """Parse an image file; every frame of a TIFF is a page (of an animation only the first is taken).

    A scan or photograph of a page has route "ocr", with figures and tables cut out as on a PDF's scanned page. Any
    other picture is one figure that fills its page. EXIF orientation is applied first.
    Raises ExtractionError as `pictures.open_image`.
    """
    data = data_path.read_bytes()
    image = open_image(data)
    media_type = Image.MIME.get(image.format or "", filetype.guess_mime(data) or "image/png")
    extraction = Extraction(media_type)
    if image.format == "TIFF":
        _add_frames(image, extraction)
    else:
        made = make_picture(data, "figure")
        with Image.open(__import__("io").BytesIO(made.data)) as pixels:
            _add_picture(plain(pixels), 1, extraction, data)
    if not extraction.pages:
        raise ExtractionError("corrupt", f"no frame of {path} can be decoded")
    return finish_pages(extraction)


def _add_frames(image: Image.Image, extraction: Extraction) -> None:
    number = 0
    try:
        for frame in ImageSequence.Iterator(image):
            number += 1
            if number > MAX_FRAMES:
                message = f"only the first {MAX_FRAMES} frames are read"
                extraction.warnings.append(Failure("extraction", "too_large", message))
                return
            if frame.width * frame.height > MAX_PIXELS:
                message = f"frame {number} has {frame.width} x {frame.height} pixels"
                extraction.warnings.append(Failure("extraction", "too_large", message))
                continue
            _add_picture(plain(frame.copy()), number, extraction, None)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        message = f"frame {number + 1} cannot be decoded: {error}"
        extraction.warnings.append(Failure("extraction", "corrupt", message))


def _add_picture(image: Image.Image, number: int, extraction: Extraction, data: bytes | None) -> None:
    dpi = _dpi(image)
    page = Page(number, image.width * 72 / dpi, image.height * 72 / dpi, "ocr", "an image file")
    regions = find_regions(image)
    if _is_page(image, regions):
        page.reason += " that shows a page of text"
        parse_picture_of_page(image, page, extraction)
        return
    page.reason += ", one picture"
    page.route = "text"
    extraction.pages.append(page)
    made = make_picture(data, "figure") if data is not None else picture_of(image, "figure")
    extraction.pictures.setdefault(made.image_id, made)
    extraction.figures.append(Figure(made.image_id, page=number, box=(0.0, 0.0, 1.0, 1.0)))


def _dpi(image: Image.Image) -> float:
    found = image.info.get("dpi", (0, 0))
    try:
        dpi = float(found[0])
    except (TypeError, ValueError, IndexError):
        dpi = 0.0
    if 50 <= dpi <= 1200:
        return dpi
    return max(72.0, max(image.size) / 11.69) if max(image.size) > PAGE_SIDE else 96.0


def _is_page(image: Image.Image, regions: list[Region]) -> bool:
    if max(image.size) < PAGE_SIDE:
        return False
    covered = sum(
        (region.box[2] - region.box[0]) * (region.box[3] - region.box[1])
        for region in regions
        if region.kind in ("text", "title", "table", "header", "footer")
    )
    return covered >= PAGE_TEXT
