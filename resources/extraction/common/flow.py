"""Collects a document in reading order: headings, text, tables and figures, with the words around every figure.

Every format but PDF and image files writes into a Flow; what is said here holds for all of them.
"""

from __future__ import annotations

import bisect
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from codices.resources.extraction.common.captions import caption_kind
from codices.resources.extraction.common.grid import Cell, lay_out, texts
from codices.resources.extraction.common.model import Block, Box, Extraction, Figure, Page, Picture, Table
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.settings.extraction_options import ExtractionOptions

CONTEXT_BEFORE = 500  # characters kept around a figure
CONTEXT_AFTER = 300
REPEATS = 4  # a picture without caption that occurs so often in a document without pages is decoration
SMALL = 100  # pixels of the shorter side: a badge
BLANK_PACKING = 50  # pixels to a byte
CONVERTING_SHARE = 0.3  # of a document's time that its metafiles may take, seconds each
MAX_LISTED = 5  # names in a warning

ReadLink = Callable[[str], bytes | None]

# What Office programs write into alt texts by themselves.
_ALT_NOISE = re.compile(r"\s*(?:AI-generated content may be incorrect|Description automatically generated[^.]*)\.?\s*")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")


def tidy(text: str) -> str:
    """Runs of blanks become one, blank lines go, and control characters that no index wants are dropped."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    return _BLANK_LINES.sub("\n", _SPACES.sub(" ", text)).strip()


@dataclass
class Flow:
    media_type: str
    options: ExtractionOptions
    read_link: ReadLink = lambda target: None
    embedded: ReadLink = lambda target: None  # pictures that travel inside the document under a name
    title: str = ""
    page: int | None = None
    box: Box | None = None  # where on the page lies what is written next, unless it says so itself

    _extraction: Extraction = field(init=False)
    _headings: list[tuple[int, str]] = field(default_factory=list, init=False)
    _order: int = field(default=0, init=False)
    _cells: int = field(default=0, init=False)
    _broken: list[str] = field(default_factory=list, init=False)
    _dropped_figures: int = field(default=0, init=False)
    _linked: dict[str, tuple[Picture | None, str]] = field(default_factory=dict, init=False)
    _lost: int = field(default=0, init=False)
    _converting: float = field(default=0, init=False)  # seconds spent on metafiles

    def __post_init__(self) -> None:
        self._extraction = Extraction(self.media_type)

    # Text

    def heading(self, text: str, level: int, box: Box | None = None) -> None:
        """A heading; `level` counts from 1. Its own heading_path are the headings above it."""
        text = tidy(text).replace("\n", " ")
        if not text:
            return
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self.text(text, "title", box, level)
        self._headings.append((level, text))
        if not self.title and level == 1:
            self.title = text

    def text(self, text: str, kind: str = "text", box: Box | None = None, level: int = 0) -> None:
        text = text.replace("\x00", "").strip("\n") if kind == "code" else tidy(text)
        if text.strip():
            block = Block(text, kind, self.page, box or self.box, self._path(), self._next(), level=level)
            self._extraction.blocks.append(block)

    def section(self, name: str) -> None:
        """A heading that is not a line of the document: a sheet's name."""
        if name := tidy(name):
            self._headings.append((0, name))

    def forget_headings(self) -> None:
        """A new sheet or slide: what came before is no heading of it."""
        self._headings.clear()

    def _path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._headings)

    def _next(self) -> int:
        self._order += 1
        return self._order

    # Tables

    def table(self, rows: list[list[Cell]], caption: str = "", box: Box | None = None) -> None:
        """A table as its source gives it; one without a word is left out."""
        try:
            grid, html = lay_out(rows, self.options.max_cells - self._cells)
        except ExtractionError:
            # Spans that nobody means can make millions of cells of a small table.
            plain = [[replace(cell, row_span=1, column_span=1) for cell in row] for row in rows]
            grid, html = lay_out(plain, self.options.max_cells - self._cells)
            self.warn("part_lost", "the spans of a table are absurd and were left out")
        if any(texts(grid)):
            self._cells += sum(map(len, grid))
            caption = tidy(caption)
            self._extraction.tables.append(
                Table(grid, html, caption, self.page, box or self.box, self._path(), self._next())
            )

    # Figures

    def figure(
        self,
        data: bytes | None,
        *,
        alt: str = "",
        caption: str = "",
        words: str = "",
        width: float | None = None,
        height: float | None = None,
        box: Box | None = None,
        name: str = "",
    ) -> None:
        """A picture inside the document, or a drawing of which only the words are known (`data` None).

        `width` and `height` are points. Decoration is left out; a picture that cannot be opened stays as a figure
        when words speak of it, and is warned of in any case.
        """
        from codices.resources.extraction.common.pictures import decoration

        picture = None
        if data is not None:
            if width is not None and height is not None and decoration(width=width, height=height):
                return
            picture, more_words = self._open(data, name or "a picture")
            words = " ".join(filter(None, (words, more_words)))
            if picture is not None and self._is_decoration(picture, width, height):
                return
        self._add_figure(picture, None, alt, caption, words, box)

    def linked_figure(
        self,
        target: str,
        *,
        alt: str = "",
        caption: str = "",
        width: float | None = None,
        height: float | None = None,
        box: Box | None = None,
    ) -> None:
        """A picture that is a file of its own; `target` is the link as the document writes it.

        It is read through `read_link`, which never leaves the corpus; a URL is not asked for. Where it gives None, the
        figure keeps its link and the words around it.
        """
        from codices.resources.extraction.common.pictures import decoration

        if width is not None and height is not None and decoration(width=width, height=height):
            return
        inside = self.embedded(target)
        if inside is not None:
            self.figure(inside, alt=alt, caption=caption, width=width, height=height, box=box, name=target)
            return
        if is_remote(target):
            if caption or len(alt.split()) > 1:
                self._add_figure(None, target, alt, caption, "", box)
            return
        if target not in self._linked:
            self._extraction.draws_in.append(target)
            data = self.read_link(target)
            if data is None:
                self._linked[target] = (None, "")
            else:
                self._linked[target] = self._open(data, target)
        picture, words = self._linked[target]
        if picture is not None and self._is_decoration(picture, width, height):
            return
        self._add_figure(picture, target, alt, caption, words, box)

    def whole_picture(self, picture: Picture, words: str) -> None:
        """The document is one picture, however small; one without a stroke and a word is nothing."""
        from codices.resources.extraction.common.pictures import decode, is_blank, open_image

        if words or not is_blank(decode(open_image(picture.data, self.options.max_pixels))):
            self._add_figure(picture, None, "", "", words, None)

    def _open(self, data: bytes, name: str) -> tuple[Picture | None, str]:
        from codices.resources.extraction.common.vector_pictures import is_metafile, open_picture

        slow = is_metafile(data)
        if slow and self._converting > self.options.timeout_seconds * CONVERTING_SHARE:
            self._broken.append(f"{name[:80]} (no time left to convert metafiles, setting extraction.timeout_seconds)")
            return None, ""
        started = time.monotonic()
        try:
            return open_picture(data, self.options)
        except ExtractionError as error:
            self._broken.append(f"{name[:80]} ({error.message})")
            return None, ""
        finally:
            self._converting += time.monotonic() - started if slow else 0

    def _is_decoration(self, picture: Picture, width: float | None, height: float | None) -> bool:
        from codices.resources.extraction.common.pictures import decode, decoration, open_image

        # The size in pixels decides where the page does not say how large the picture is shown.
        if width is None or height is None:
            width, height = picture.width * 0.75, picture.height * 0.75
        # Only a picture that packs to nearly nothing can be of one colour: the others are not decoded again.
        suspect = len(picture.data) * BLANK_PACKING < picture.width * picture.height
        image = decode(open_image(picture.data, self.options.max_pixels)) if suspect else None
        return decoration(image, width, height) is not None

    def _add_figure(
        self,
        picture: Picture | None,
        link: str | None,
        alt: str,
        caption: str,
        words: str,
        box: Box | None,
    ) -> None:
        if len(self._extraction.figures) >= self.options.max_figures:
            self._dropped_figures += 1
            return
        if picture is not None:
            self._extraction.pictures.setdefault(picture.image_id, picture)
        self._extraction.figures.append(
            Figure(
                image_id=picture.image_id if picture else None,
                caption=tidy(caption),
                alt=tidy(_ALT_NOISE.sub(" ", alt)),
                words=tidy(words),
                link=link,
                page=self.page,
                box=box or self.box,
                heading_path=self._path(),
                order=self._next(),
            )
        )

    # Pages and warnings

    def new_page(self, number: int, width: float, height: float) -> None:
        self.page = number
        self._extraction.pages.append(Page(number, width, height, "text"))

    def warn(self, kind: str, message: str) -> None:
        """A part of the document that is lost."""
        self._extraction.warnings.append(Failure("extraction", kind, message))

    def lost(self, error: Exception) -> None:
        """A shape or part that the library could not read: counted, told once."""
        self._lost += 1
        if self._lost == 1:
            self.warn("part_lost", f"a part of the document cannot be read: {type(error).__name__}: {error}")

    # The end

    def finish(self) -> Extraction:
        """The extraction. Raises ExtractionError("no_content") where nothing at all was found."""
        extraction = self._extraction
        extraction.title = tidy(self.title).replace("\n", " ")[:500]
        self._drop_repeated()
        self._join_captions()
        self._add_context()
        if names := self._broken:
            more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
            self.warn(
                "picture_unreadable", f"{len(names)} pictures cannot be opened: {', '.join(names[:MAX_LISTED])}{more}"
            )
        if self._dropped_figures:
            self.warn(
                "too_many_figures",
                f"{self._dropped_figures} figures after the first {self.options.max_figures} were left out "
                "(setting extraction.max_figures)",
            )
        if self._lost > 1:
            self.warn("part_lost", f"{self._lost} parts of the document cannot be read")
        if not (extraction.blocks or extraction.tables or extraction.figures):
            raise ExtractionError("no_content", "the file holds no text, table or figure")
        return extraction

    def _drop_repeated(self) -> None:
        """A logo on most slides, or a badge used again and again, is decoration: its copies without a caption go.

        In a document without pages, one that is large is kept once, or once for every alt text.
        """
        places: dict[str, list[Figure]] = defaultdict(list)
        for figure in self._extraction.figures:
            name = figure.image_id or figure.link
            if name and not figure.caption:
                places[name].append(figure)
        pages = len(self._extraction.pages)
        dropped: set[int] = set()
        for figures in places.values():
            shown_on = len({figure.page for figure in figures})
            if pages >= 3 and shown_on >= 3 and shown_on > pages / 2:
                dropped.update(map(id, figures))
            elif not pages and len(figures) >= REPEATS:
                kept = {} if self._is_small(figures[0]) else {figure.alt: figure for figure in reversed(figures)}
                dropped.update(id(figure) for figure in figures if kept.get(figure.alt) is not figure)
        left = [figure for figure in self._extraction.figures if id(figure) not in dropped]
        # Where nothing else is there, a picture shown often is still all that the document has.
        if left or self._extraction.blocks or self._extraction.tables:
            self._extraction.figures = left
            used = Counter(figure.image_id for figure in left)
            self._extraction.pictures = {k: v for k, v in self._extraction.pictures.items() if used[k]}

    def _is_small(self, figure: Figure) -> bool:
        picture = self._extraction.pictures.get(figure.image_id or "")
        return picture is not None and min(picture.width, picture.height) < SMALL

    def _join_captions(self) -> None:
        """ "Figure 3: ..." next to a figure, and "Table 2. ..." next to a table, become its caption."""
        extraction = self._extraction
        blocks = {block.order: block for block in extraction.blocks}
        captions = {item.caption for item in (*extraction.figures, *extraction.tables) if item.caption}
        captions |= {line for caption in captions for line in caption.split("\n")}  # a caption of several blocks
        used: set[int] = {block.order for block in extraction.blocks if block.text in captions}
        for items, kind, sides in (
            (extraction.figures, "figure", (1, -1)),
            (extraction.tables, "table", (-1, 1)),
        ):
            for side in sides:
                for item in items:
                    block = blocks.get(item.order + side)
                    if item.caption or block is None or block.order in used or block.kind in ("title", "code"):
                        continue
                    said = caption_kind(block.text)
                    if said == kind or (block.kind == "caption" and said is None):
                        item.caption = block.text
                        block.kind = "caption"
                        used.add(block.order)

    def _add_context(self) -> None:
        if not self._extraction.figures:
            return
        pieces: list[tuple[int, str]] = [
            (block.order, block.text)
            for block in self._extraction.blocks
            if block.kind not in ("header", "footer", "caption")
        ]
        pieces += [(table.order, " ".join(texts(table.cells))) for table in self._extraction.tables]
        pieces.sort()
        orders = [order for order, _ in pieces]
        words = [text for _, text in pieces]
        for figure in self._extraction.figures:
            place = bisect.bisect_left(orders, figure.order)
            figure.before = _words_before(words, place)
            figure.after = _words_after(words, place)


def _words_before(pieces: list[str], place: int) -> str:
    text = ""
    for piece in reversed(pieces[max(0, place - CONTEXT_BEFORE) : place]):
        text = f"{piece[-2 * CONTEXT_BEFORE :]} {text}"
        if len(text) > CONTEXT_BEFORE:
            break
    text = " ".join(text.split())
    if len(text) <= CONTEXT_BEFORE:
        return text
    cut = text[-CONTEXT_BEFORE - 1 :]
    return cut.partition(" ")[2] or cut


def _words_after(pieces: list[str], place: int) -> str:
    text = ""
    for piece in pieces[place : place + CONTEXT_AFTER]:
        text = f"{text} {piece[: 2 * CONTEXT_AFTER]}"
        if len(text) > CONTEXT_AFTER:
            break
    text = " ".join(text.split())
    if len(text) <= CONTEXT_AFTER:
        return text
    cut = text[: CONTEXT_AFTER + 1]
    return cut.rpartition(" ")[0] or cut


def is_remote(target: str) -> bool:
    """Whether a link names another machine (or a scheme that this one has to ask for)."""
    return bool(re.match(r"(?i)^\s*(?:[a-z][a-z0-9+.-]{1,}:|//)", target))
