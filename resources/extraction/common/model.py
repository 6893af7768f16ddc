"""What extraction hands on: plain values, the same for every file format.

A box is (x0, y0, x1, y1) in fractions of the page, origin at the top left. Pages count from 1; a format
without pages has `page=None` and `box=None`. `order` is the place in reading order, shared by blocks, tables and
figures of one document, so that they can be interleaved again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from codices.resources.foundation.failures import Failure

Box = tuple[float, float, float, float]
SHOWN = "shown"  # the role of a picture that is read as the page which it shows, and not once more as a figure
WHOLE_PAGE: Box = (0.0, 0.0, 1.0, 1.0)  # of a figure that is its page: an image file that is read as a page as well

BLOCK_KINDS = (
    "title",
    "text",
    "list_item",
    "code",
    "formula",
    "caption",
    "note",  # a speaker's notes under a slide, a footnote: searched like text
    "header",  # repeats at the top of pages: kept, not searched
    "footer",  # repeats at the bottom of pages: kept, not searched
)

PICTURE_ROLES = (
    "figure",  # a figure's own pixels: read by OCR for its words, embedded, stored
    "page",  # a whole page without usable text layer: read by OCR, becomes blocks
    "table",  # the crop of a table whose text is only pixels: OCR and table structure
)


@dataclass
class Block:
    text: str
    kind: str = "text"
    page: int | None = None
    box: Box | None = None
    heading_path: tuple[str, ...] = ()
    order: int = 0
    size: float = 0.0  # height of its lines in points, where known: headings without a style are found by it
    bold: bool = False
    level: int = 0  # of a title as the document says it (outline), 1 is the highest; 0 is not known


@dataclass
class Table:
    """`cells` is a rectangular grid; a cell covered by a span is None, an empty one is ''."""

    cells: list[list[str | None]]
    html: str = ""
    caption: str = ""
    page: int | None = None
    box: Box | None = None
    heading_path: tuple[str, ...] = ()
    order: int = 0
    image_id: str | None = None  # the crop, when its words have to come from OCR


@dataclass
class Figure:
    image_id: str | None  # None when the picture could not be opened; the words around it still count
    caption: str = ""
    alt: str = ""
    before: str = ""  # about 500 characters of text before it
    after: str = ""  # about 300 characters after
    words: str = ""  # words known without OCR: a chart's title and series, text-layer labels inside the box
    link: str | None = None  # the link as written in the document, when the picture is a file of its own
    page: int | None = None
    box: Box | None = None
    heading_path: tuple[str, ...] = ()
    order: int = 0


@dataclass
class Picture:
    """Pixels to be read, embedded or stored. `image_id` is the SHA-256 of mode, size and raw pixels (`pixels_id`)."""

    image_id: str
    role: str  # how it is read: "page", "table" or "figure"; SHOWN is not
    data: bytes  # PNG or WebP, lossless
    width: int
    height: int
    page: int | None = None  # for role "page"
    box: Box | None = None


@dataclass
class Page:
    number: int
    width: float  # points, after rotation and crop box
    height: float
    route: str  # "text", "ocr", "mixed", "image" or "empty": the way its words were found
    reason: str = ""  # the measured facts behind the route
    image_id: str | None = None  # the page's picture when OCR has to read it
    corners: list[float] = field(
        default_factory=list
    )  # of a sheet on a photograph (`pages.sheet`); its size is the page's
    turned: int = 0  # degrees clockwise by which it was turned to be upright; size and boxes are the upright page's


@dataclass
class Extraction:
    """Everything cut out of one file. After `codices.resources.ocr.apply_readings` scanned pages are blocks as well."""

    media_type: str
    title: str = ""
    pages: list[Page] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    draws_in: list[str] = field(default_factory=list)  # links as written, to files of the corpus
    warnings: list[Failure] = field(default_factory=list)  # parts lost: a page range that timed out, a corrupt image


@dataclass(frozen=True)
class Word:
    """One word that OCR read: `confidence` 0-100, `box` in fractions of the picture, `line` groups words."""

    text: str
    confidence: float
    box: Box
    line: int = 0


@dataclass
class Reading:
    """What OCR found in one picture. `cells` is set for table crops whose structure was recognised."""

    image_id: str
    words: list[Word] = field(default_factory=list)
    text: str = ""  # lines joined by newlines
    confidence: float = 0.0  # mean over words, 0 when there is none
    rotation: int = 0  # degrees clockwise that the picture was turned before it could be read
    skew: float = 0.0  # degrees clockwise by which its lines are tilted, after that
    cells: list[list[str | None]] | None = None
    html: str = ""
    failure: Failure | None = None
