"""What was cut out of a document as Markdown (CommonMark with tables): `codices extract FILE --format markdown`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.extraction.pdf.finish import pieces_of
from codices.resources.extraction.reading_text import captions_written, heading_level, is_read

_MARKS = re.compile(r"[\\`*_\[\]<>$&~|]")
_FIRST_OF_A_LINE = re.compile(r"^(\s*\d{0,9})(?<=\d)(?=[.)])|^(\s*)(?=[#+=:-])", re.MULTILINE)  # 1. and # and -
_FENCES = re.compile(r"^\s*(`{3,})", re.MULTILINE)


def as_markdown(extraction: Extraction, words: Mapping[str, str] | None = None) -> str:
    """Headings, paragraphs, lists, tables and figures in reading order, without the running lines of pages.

    Characters that mean something in Markdown are escaped. A table with merged cells is HTML, which Markdown allows. A
    figure is a link where it is a file of its own, else `<!-- figure -->`, followed by its caption, its own words and
    those that OCR read in it (`words`, by image id).
    """
    parts: list[str] = []
    was_item, captions = False, captions_written(extraction)
    for piece in filter(is_read, pieces_of(extraction)):
        is_item = isinstance(piece, Block) and piece.kind == "list_item"
        written = "\n\n".join(_written(piece, captions, words or {}))
        if written:
            parts += [*(["\n" if is_item and was_item else "\n\n"] if parts else []), written]
            was_item = is_item
    return "".join(parts) + "\n"


def _written(piece: Block | Table | Figure, captions: set[str], words: Mapping[str, str]) -> Iterator[str]:
    if isinstance(piece, Block):
        yield _block(piece)
        return
    caption = [_escaped(piece.caption)] if piece.caption and piece.caption not in captions else []
    if isinstance(piece, Table):
        yield from caption
        yield _table(piece)
        return
    alt = _escaped(piece.alt).replace("\n", " ")
    yield f"![{alt}](<{piece.link}>)" if piece.link else "<!-- figure -->"
    yield from caption
    said = () if piece.link else (piece.alt,)
    yield from map(_escaped, filter(None, (*said, piece.words, words.get(piece.image_id or "", ""))))


def _block(block: Block) -> str:
    text = _escaped(block.text)
    if block.kind == "title":
        return f"{'#' * min(6, heading_level(block))} {text}".replace("\n", " ")
    if block.kind == "list_item":
        return "- " + text.replace("\n", "\\\n  ")
    if block.kind == "code":
        longest = max(map(len, _FENCES.findall(block.text)), default=2)
        fence = "`" * max(3, longest + 1)
        return f"{fence}\n{block.text}\n{fence}"
    if block.kind == "formula":
        return f"$$\n{block.text}\n$$"
    if block.kind == "note":
        return "> " + text.replace("\n", "\\\n> ")
    return text.replace("\n", "\\\n")


def _table(table: Table) -> str:
    if not table.cells or any(cell is None for row in table.cells for cell in row):
        return table.html
    rows = [[_escaped(cell or "").replace("\n", "<br>") for cell in row] for row in table.cells]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _escaped(text: str) -> str:
    return _FIRST_OF_A_LINE.sub(r"\g<0>\\", _MARKS.sub(r"\\\g<0>", text))
