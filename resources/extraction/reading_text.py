"""A document as plain text, in reading order: what a person would read aloud from its pages."""

from __future__ import annotations

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.extraction.pdf.finish import pieces_of

_BESIDE_THE_PAGE = ("header", "footer", "note")  # running lines and speaker notes


def reading_text(extraction: Extraction) -> str:
    """Blocks as they are, tables row by row, and the words that a figure itself has as text (a chart's title and
    series, labels). What OCR read in a figure is not the page's text; running lines and speaker notes stand beside it.
    """
    return "\n".join(filter(None, map(_words, pieces_of(extraction))))


def _words(piece: Block | Table | Figure) -> str:
    if isinstance(piece, Table):
        return "\n".join(" ".join(cell for cell in row if cell) for row in piece.cells)
    if isinstance(piece, Figure):
        return piece.words
    return "" if piece.kind in _BESIDE_THE_PAGE else piece.text
