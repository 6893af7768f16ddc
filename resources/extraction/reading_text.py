"""A document as plain text, in reading order: what a person would read aloud from its pages."""

from __future__ import annotations

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.extraction.pdf.finish import pieces_of

_BESIDE_THE_PAGE = ("header", "footer", "note")  # running lines and speaker notes


def reading_text(extraction: Extraction) -> str:
    """Blocks as they are, tables row by row, and the words that a figure itself has as text (a chart's title and
    series, labels). What OCR read in a figure is not the page's text; running lines and speaker notes stand beside it.
    """
    return "\n".join(filter(None, map(_words, filter(is_read, pieces_of(extraction)))))


def is_read(piece: Block | Table | Figure) -> bool:
    """Whether it is part of what a document says, and not a line that repeats on its pages."""
    return not isinstance(piece, Block) or piece.kind not in ("header", "footer")


def heading_level(block: Block) -> int:
    """Of a title, from 1: as the document says it, else as deep as it lies below others."""
    return block.level or len(block.heading_path) + 1


def captions_written(extraction: Extraction) -> set[str]:
    """Captions that stand among the blocks: who writes a table or a figure does not say them again."""
    return {block.text for block in extraction.blocks if block.kind == "caption"}


def _words(piece: Block | Table | Figure) -> str:
    if isinstance(piece, Table):
        return "\n".join(" ".join(cell for cell in row if cell) for row in piece.cells)
    if isinstance(piece, Figure):
        return piece.words
    return "" if piece.kind in _BESIDE_THE_PAGE else piece.text
