"""From what was cut out of a document to what search returns: chunks of text, tables and figures, with their words."""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from codices.resources.elements.chunks import TokenSpans, make_chunks
from codices.resources.elements.words import (
    Surroundings,
    distinct,
    distinct_lines,
    file_name_words,
    first_words,
    headings,
    last_words,
    mend_ocr,
)
from codices.resources.extraction.common.bounds import ELLIPSIS, shortened
from codices.resources.extraction.common.model import Block, Box, Extraction, Figure, Reading, Table
from codices.resources.foundation.failures import Failure
from codices.resources.identifiers.identifiers import extract_identifiers, identifier_forms, normalised
from codices.resources.settings.element_options import ElementOptions

HEADING_SHARE = 0.25
"""Of an encoder's tokens, what headings may take in front of a chunk; outer headings go first."""

LONGEST_TOKEN = 100
"""Characters; what follows `max_tokens` times as many is not looked at when a text is cut to what the encoder reads."""

MAX_REPEATED_CELL = 100
"""Characters of a column's name above every part of a long table but the first: a name, not a paragraph."""

REPEATED_SHARE = 0.5
"""Of `max_table_tokens`, what column names may take where they are repeated. Beyond it an ellipsis stands for them:
rows have to have room, and a header of 100,000 columns would be multiplied by them."""

EMBEDDED_BEFORE = 300
EMBEDDED_AFTER = 150
EMBEDDED_OCR = 600
"""Characters around and inside a figure that its vector is made of. Fewer than full text reads: the vector is a mean
over its tokens, and a screenshot's hundredth label only blurs it."""


@dataclass(frozen=True)
class PlacedBox:
    """A box on a page, as in the `boxes` column: fractions of the page, origin at the top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Element:
    """A row of the `elements` table without vectors, and the text that its vector is made of."""

    element_id: str
    doc_id: str
    path: str
    modality: str  # "text", "table" or "figure"
    ordinal: int  # place in reading order, from 0
    pages: list[int]
    boxes: list[PlacedBox]
    heading_path: list[str]
    caption: str
    ocr_text: str
    html: str
    text: str  # what BM25 reads
    identifiers: list[str]
    source_path: str | None
    image_id: str | None
    content_key: str  # hash of embedding_text: equal texts are embedded once
    embedding_text: str


@dataclass
class _Draft:
    """An element before it has its place and its identity. `content` is what its identity comes from."""

    modality: str
    order: int
    content: str
    heading_path: Sequence[str]
    text: str
    embedding_text: str
    identifiers: set[str]
    pages: list[int] = field(default_factory=list)
    boxes: list[PlacedBox] = field(default_factory=list)
    caption: str = ""
    ocr_text: str = ""
    html: str = ""
    source_path: str | None = None
    image_id: str | None = None


def build_elements(
    doc_id: str,
    path: str,
    extraction: Extraction,
    readings: Mapping[str, Reading],
    sources: Mapping[str, str],
    options: ElementOptions,
    token_spans: TokenSpans,
    max_tokens: int,
) -> list[Element]:
    """Elements of one document in reading order.

    `extraction` has its readings applied; `readings` (by image_id) give the words inside figures. `sources` maps a
    figure's link as written to the path of the picture's own file. `max_tokens` is what the text encoder reads beside
    its special tokens. Raises ValueError when it is under 8.
    """
    if max_tokens < 8:
        raise ValueError(f"elements of {max_tokens} tokens say nothing; at least 8 are needed")
    builder = _Builder(path, extraction, readings, sources, options, token_spans, max_tokens)
    drafts = sorted(builder.drafts(), key=lambda draft: draft.order)
    if drafts:
        drafts[0].identifiers.update(_forms_of_path(path))
    occurrences: Counter[tuple[str, str]] = Counter()
    elements = []
    for ordinal, draft in enumerate(drafts):
        occurrence = occurrences[draft.modality, draft.content]
        occurrences[draft.modality, draft.content] += 1
        elements.append(
            Element(
                element_id=_hash(doc_id, draft.modality, draft.content, str(occurrence)),
                doc_id=doc_id,
                path=path,
                modality=draft.modality,
                ordinal=ordinal,
                pages=draft.pages,
                boxes=draft.boxes,
                heading_path=list(draft.heading_path),
                caption=draft.caption,
                ocr_text=draft.ocr_text,
                html=draft.html,
                text=draft.text,
                identifiers=sorted(draft.identifiers),
                source_path=draft.source_path,
                image_id=draft.image_id,
                content_key=_hash(draft.embedding_text),
                embedding_text=draft.embedding_text,
            )
        )
    return elements


class _Builder:
    def __init__(
        self,
        path: str,
        extraction: Extraction,
        readings: Mapping[str, Reading],
        sources: Mapping[str, str],
        options: ElementOptions,
        token_spans: TokenSpans,
        max_tokens: int,
    ):
        self.path = path
        self.extraction = extraction
        self.readings = readings
        self.sources = sources
        self.options = options
        self.token_spans = token_spans
        self.budget = max_tokens
        self.surroundings = Surroundings(extraction.blocks)

    def drafts(self) -> Iterator[_Draft]:
        yield from self._texts()
        for table in self.extraction.tables:
            yield from self._table(table)
        for figure in self.extraction.figures:
            yield self._figure(figure)

    # -- text -----------------------------------------------------------------------------------------------------

    def _texts(self) -> Iterator[_Draft]:
        parts = [*self.extraction.tables, *self.extraction.figures]
        captions = {_normal(part.caption) for part in parts if part.caption}
        blocks: Iterable[Block] = (
            block
            for block in self.extraction.blocks
            if not (block.kind == "caption" and _normal(block.text) in captions)
        )
        chunks = make_chunks(
            blocks,
            self.token_spans,
            self.budget,
            self.options.overlap_tokens,
            [part.heading_path for part in parts],
            lambda path: self._tokens(self._short(self._headings(path))),
        )
        for chunk in chunks:
            above = self._headings(chunk.heading_path)
            yield _Draft(
                modality="text",
                order=chunk.order,
                content=chunk.text,
                heading_path=chunk.heading_path,
                text=_joined([*above, chunk.text]),
                embedding_text=self._embedding_text(above, [chunk.text]),
                identifiers=_forms([*chunk.heading_path, chunk.text]),
                pages=chunk.pages,
                boxes=[PlacedBox(page, *box) for page, box in chunk.places],
            )

    # -- tables ---------------------------------------------------------------------------------------------------

    def _table(self, table: Table) -> Iterator[_Draft]:
        above = self._headings(table.heading_path)
        pieces = list(self._row_groups(table.cells))
        for number, (head, rows) in enumerate(pieces):
            grid = [*head, *rows]
            lines = [_row_text(row) for row in grid]
            lines = [line for line in lines if line]
            body = "\n".join(lines)
            caption = table.caption
            yield _Draft(
                modality="table",
                order=table.order,
                content="\n".join((table.caption, body)),
                heading_path=table.heading_path,
                text=_joined([caption, *above, body]),
                embedding_text=self._embedding_text(above, lines, [caption]),
                identifiers=_forms([caption, body], from_ocr=table.image_id is not None),
                pages=[] if table.page is None else [table.page],
                boxes=_boxes(table.page, table.box),
                caption=caption,
                html=table.html if len(pieces) == 1 and table.html else _html(head, rows, caption, number),
                image_id=table.image_id,
            )

    def _row_groups(
        self, cells: list[list[str | None]]
    ) -> Iterator[tuple[list[list[str | None]], list[list[str | None]]]]:
        """(header rows, rows) of at most `max_table_tokens` tokens each, whole rows only."""
        # A first row with a spanning cell is a header of two rows.
        height = 2 if cells and None in cells[0] and len(cells) > 2 else 1
        head, rows = cells[:height], cells[height:]
        if not rows:
            yield [], cells
            return
        group: list[list[str | None]] = []
        total = self._cost(head)
        repeated: list[list[str | None]] | None = None
        for row in rows:
            cost = self._cost([row])
            if group and total + cost > self.options.max_table_tokens:
                yield head, group
                if repeated is None:
                    head = repeated = self._repeated(head)
                group, total = [], self._cost(head)
            group.append(row)
            total += cost
        yield head, group

    def _repeated(self, head: list[list[str | None]]) -> list[list[str | None]]:
        """The header as it stands above every part of a table but the first, which has it whole."""
        short: list[list[str | None]] = [[cell and shortened(cell, MAX_REPEATED_CELL) for cell in row] for row in head]
        if self._cost(short) > self.options.max_table_tokens * REPEATED_SHARE:
            short = [[ELLIPSIS]]
        if short != head:
            self.extraction.warnings.append(
                Failure(
                    "elements", "shortened", "column names are cut where they are repeated, whole in the first part"
                )
            )
        return short

    def _cost(self, rows: list[list[str | None]]) -> int:
        return sum(len(self.token_spans(_row_text(row)[:100_000])) for row in rows)

    # -- figures --------------------------------------------------------------------------------------------------

    def _figure(self, figure: Figure) -> _Draft:
        reading = self.readings.get(figure.image_id or "")
        ocr_text = mend_ocr(reading.text) if reading else ""
        source_path = self._source_path(figure)
        name = " ".join(file_name_words(source_path)) if source_path else ""
        above = self._headings(figure.heading_path)
        before, after = self.surroundings.around(figure)
        told = distinct([figure.caption, figure.alt])
        # The file's name as it is written and in words: it is often the only caption that a picture has.
        named = [PurePosixPath(source_path).name, name] if name and source_path else []
        identifiers = _forms([*told, figure.words]) | _forms([ocr_text], from_ocr=True)
        if source_path:
            identifiers |= _forms_of_path(source_path)
        return _Draft(
            modality="figure",
            order=figure.order,
            content=figure.image_id or figure.link or "\n".join((figure.caption, figure.alt, repr(figure.box))),
            heading_path=figure.heading_path,
            text=_joined([*told, *named, *above, before, after, figure.words, distinct_lines(ocr_text)]),
            embedding_text=self._embedding_text(
                above,
                [
                    figure.words,
                    last_words(before, EMBEDDED_BEFORE),
                    first_words(after, EMBEDDED_AFTER),
                    first_words(distinct_lines(ocr_text), EMBEDDED_OCR),
                ],
                [*told, name],
            ),
            identifiers=identifiers,
            pages=[] if figure.page is None else [figure.page],
            boxes=_boxes(figure.page, figure.box),
            caption=told[0] if told else "",
            ocr_text=ocr_text,
            source_path=source_path,
            image_id=figure.image_id,
        )

    def _source_path(self, figure: Figure) -> str | None:
        if figure.link is not None:
            return self.sources.get(figure.link)
        return self.path if self.extraction.media_type.startswith("image/") else None

    # -- words ----------------------------------------------------------------------------------------------------

    def _headings(self, heading_path: Sequence[str]) -> list[str]:
        return headings(self.extraction.title, heading_path)

    def _embedding_text(self, above: Sequence[str], body: Sequence[str], names: Sequence[str] = ()) -> str:
        """Names, headings (cut to their share from the outer ones on), then the body: what the encoder can read."""
        return self._cut(_joined([*distinct(names), *self._short(above), *body]))

    def _short(self, above: Sequence[str]) -> list[str]:
        room = int(self.budget * HEADING_SHARE)
        above = distinct(above)
        while len(above) > 1 and self._tokens(above) > room:
            above = above[1:]
        if above and self._tokens(above) > room:
            above = [above[0][: self.token_spans(above[0])[room - 1][1]]]
        return above

    def _tokens(self, parts: Sequence[str]) -> int:
        return sum(len(self.token_spans(part[:2000])) for part in parts)

    def _cut(self, text: str) -> str:
        text = text[: self.budget * LONGEST_TOKEN]
        spans = self.token_spans(text)
        return text if len(spans) <= self.budget else text[: spans[self.budget - 1][1]]


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()


def _forms(texts: Iterable[str], *, from_ocr: bool = False) -> set[str]:
    return {form for text in texts for form in identifier_forms(extract_identifiers(text), from_ocr=from_ocr)}


def _forms_of_path(path: str) -> set[str]:
    path = normalised(path)
    name = path.rpartition("/")[2]
    return {path, path.casefold(), name, name.casefold()}


def _boxes(page: int | None, box: Box | None) -> list[PlacedBox]:
    return [] if page is None or box is None else [PlacedBox(page, *box)]


def _row_text(row: Sequence[str | None]) -> str:
    return " | ".join(" ".join(cell.split()) for cell in row if cell and cell.strip())


def _html(head: list[list[str | None]], rows: list[list[str | None]], caption: str, number: int) -> str:
    def line(row: Sequence[str | None], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell or '')}</{tag}>" for cell in row) + "</tr>"

    title = f"<caption>{html.escape(caption)}</caption>" if caption and number == 0 else ""
    top = f"<thead>{''.join(line(row, 'th') for row in head)}</thead>" if head else ""
    return f"<table>{title}{top}<tbody>{''.join(line(row, 'td') for row in rows)}</tbody></table>"


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()[:32]
