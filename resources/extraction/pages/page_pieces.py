"""The pieces of one page put into reading order: paragraphs, tables and figures, captions with what they describe."""

from __future__ import annotations

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.captions import caption_kind, match_captions
from codices.resources.extraction.common.model import Block, Extraction, Figure, Page, Table
from codices.resources.extraction.pages.reading_order import Fixed, Line, Paragraph, in_reading_order, make_paragraphs


def add_pieces(lines: list[Line], fixed: list[Fixed], page: Page, extraction: Extraction, first: int = 0) -> None:
    """Add blocks, tables and figures of one page in reading order, captions attached.

    `fixed` hold a Table, a Figure or a Block (code) each; one that is in the extraction already keeps its place in
    the list.
    `first` is the order to count from.
    """
    width, height = page.width, page.height
    order = first
    flowing = [line for line in lines if not line.words[0].angle]
    turned = [line for line in lines if line.words[0].angle]
    pieces: list[Paragraph | Fixed] = []
    for run in in_reading_order([*flowing, *fixed], width):
        pieces.extend(make_paragraphs(run))
    pieces.extend(Paragraph([line]) for line in turned)
    _attach_captions(pieces)
    for piece in pieces:
        order += 1
        box = boxes.fractions(piece.box, width, height)
        if isinstance(piece, Fixed):
            value = piece.value
            assert isinstance(value, Table | Figure | Block)
            value.page, value.box, value.order = page.number, box, order
            if isinstance(value, Block):
                extraction.blocks.append(value)
            elif isinstance(value, Table):
                if not any(table is value for table in extraction.tables):
                    extraction.tables.append(value)
            elif not any(figure is value for figure in extraction.figures):
                extraction.figures.append(value)
            continue
        kind = "list_item" if piece.is_list_item else "text"
        if caption_kind(piece.text):
            kind = "caption"
        extraction.blocks.append(
            Block(
                piece.text,
                kind,
                page.number,
                box,
                order=order,
                size=round(piece.size, 1),
                bold=piece.bold,
            )
        )


def _attach_captions(pieces: list[Paragraph | Fixed]) -> None:
    for kind, above_first in ((Figure, False), (Table, True)):
        name = "figure" if kind is Figure else "table"
        targets = [piece for piece in pieces if isinstance(piece, Fixed) and isinstance(piece.value, kind)]
        captions = [piece for piece in pieces if isinstance(piece, Paragraph) and caption_kind(piece.text) == name]
        pairs = match_captions([target.box for target in targets], [caption.box for caption in captions], above_first)
        for i, j in pairs:
            value = targets[i].value
            assert isinstance(value, Table | Figure)
            value.caption = captions[j].text
