"""What only the whole document shows: headings, running headers and footers, repeated logos, the words around figures.

A pure function over an extraction, so that a document parsed in ranges of pages ends up like one parsed in one go.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.extraction.tables.over_pages import continue_tables
from codices.resources.extraction.tables.text import LEADERS

MARGIN = 0.12  # of the page's height, at the top and at the bottom, where headers and footers stand
BEFORE = 500  # characters of text kept before a figure
AFTER = 300
MAX_HEADING = 200  # characters
MAX_LEVELS = 6

_PAGE_NUMBER = re.compile(r"^\W*(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*(?:(?:/|of|von)\s*\d{1,4})?\W*$", re.I)
_NUMBERED = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[A-Z]\.?(?:\d{1,2}\.?)*|[IVX]{1,5}\.|chapter \d+|kapitel \d+)\s+\S", re.I
)


def finish_pages(extraction: Extraction) -> Extraction:
    """Order all pieces by page, mark headers, footers and titles, give heading paths and figures' surroundings.

    Changes and returns `extraction`; doing it twice gives the same.
    """
    extraction.pages.sort(key=lambda page: page.number)
    _number(extraction)
    _mark_running_lines(extraction)
    continue_tables(extraction)
    _drop_repeated_figures(extraction)
    _mark_titles(extraction)
    _give_heading_paths(extraction)
    _give_surroundings(extraction)
    if not extraction.title:
        titles = [block.text for block in extraction.blocks if block.kind == "title" and (block.page or 1) == 1]
        extraction.title = titles[0] if titles else ""
    return extraction


def pieces_of(extraction: Extraction) -> list[Block | Table | Figure]:
    """Blocks, tables and figures together, in reading order."""
    pieces: list[Block | Table | Figure] = [*extraction.blocks, *extraction.tables, *extraction.figures]
    return sorted(pieces, key=lambda piece: (piece.page or 0, piece.order))


def _number(extraction: Extraction) -> None:
    for order, piece in enumerate(pieces_of(extraction), 1):
        piece.order = order
    for part in (extraction.blocks, extraction.tables, extraction.figures):
        part.sort(key=lambda piece: piece.order)


def _mark_running_lines(extraction: Extraction) -> None:
    pages = {page.number for page in extraction.pages if page.route != "empty"}
    seen: dict[tuple[str, bool], set[int]] = defaultdict(set)
    margins: list[tuple[Block, bool]] = []
    for block in extraction.blocks:
        if block.box is None or block.page is None:
            continue
        if block.kind in ("header", "footer"):
            block.kind = "text"
        top, bottom = block.box[3] <= MARGIN, block.box[1] >= 1 - MARGIN
        if (top or bottom) and len(block.text) <= MAX_HEADING:
            margins.append((block, top))
            seen[_shape(block.text), top].add(block.page)
    edges = _outermost(extraction.blocks)
    for block, top in margins:
        repeated = len(seen[_shape(block.text), top])
        number = bool(_PAGE_NUMBER.match(block.text)) and id(block) in edges
        if number or (repeated >= 2 and repeated >= min(3, len(pages)) and repeated >= 0.15 * len(pages)):
            block.kind = "header" if top else "footer"


def _shape(text: str) -> str:
    """The text with its numbers taken out: "12 Chapter 3" and "13 Chapter 3" run on."""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", text.lower()).strip()


def _outermost(blocks: Sequence[Block]) -> set[int]:
    """Ids of the blocks that have no other one above, or none below them, on their page."""
    pages: dict[int | None, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.box is not None:
            pages[block.page].append(block)
    edges = set()
    for members in pages.values():
        top = min(block.box[3] for block in members if block.box)
        bottom = max(block.box[1] for block in members if block.box)
        for block in members:
            if block.box and (block.box[1] <= top or block.box[3] >= bottom):
                edges.add(id(block))
    return edges


def _drop_repeated_figures(extraction: Extraction) -> None:
    pages = len({page.number for page in extraction.pages})
    places: dict[str, set[int]] = defaultdict(set)
    for figure in extraction.figures:
        if figure.image_id and figure.page is not None and not figure.caption:
            places[figure.image_id].add(figure.page)
    logos = {image for image, on in places.items() if len(on) >= 3 and len(on) >= 0.5 * pages}
    if not logos:
        return
    extraction.figures = [figure for figure in extraction.figures if figure.image_id not in logos or figure.caption]
    used = {figure.image_id for figure in extraction.figures} | {table.image_id for table in extraction.tables}
    used |= {page.image_id for page in extraction.pages}
    extraction.pictures = {key: value for key, value in extraction.pictures.items() if key in used}


def _mark_titles(extraction: Extraction) -> None:
    body = _body_size(extraction.blocks)
    sized = [block for block in extraction.blocks if block.size > 0 and block.page is not None]
    for block in sized:
        if block.kind == "title":
            block.kind = "text"
        if block.kind not in ("text", "list_item") or not _may_be_heading(block):
            continue
        larger = block.size >= 1.15 * body
        if larger or (block.bold and (block.size >= 0.95 * body)):
            block.kind = "title"
    styles = sorted(
        {_style(block) for block in sized if block.kind == "title"},
        key=lambda style: (-style[0], not style[1]),
    )
    levels = {style: min(index, MAX_LEVELS) for index, style in enumerate(styles, 1)}
    for block in sized:
        if block.kind == "title":
            block.level = levels[_style(block)]


def _style(block: Block) -> tuple[float, bool]:
    return (round(block.size), block.bold)


def _body_size(blocks: Sequence[Block]) -> float:
    weights: Counter[float] = Counter()
    for block in blocks:
        if block.size > 0 and block.kind not in ("header", "footer", "caption"):
            weights[round(block.size * 2) / 2] += len(block.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _may_be_heading(block: Block) -> bool:
    text = block.text.strip()
    if not text or len(text) > MAX_HEADING or not any(character.isalpha() for character in text):
        return False
    if LEADERS.search(text):
        return False
    if text[-1] in ".,;:" and not _NUMBERED.match(text):
        return False
    return block.kind == "text" or bool(_NUMBERED.match(text))


def _give_heading_paths(extraction: Extraction) -> None:
    path: list[tuple[int, str]] = []
    for piece in pieces_of(extraction):
        if isinstance(piece, Block) and piece.kind == "title":
            level = piece.level or 1
            path = [entry for entry in path if entry[0] < level]
            piece.heading_path = tuple(text for _, text in path)
            path.append((level, piece.text))
        else:
            piece.heading_path = tuple(text for _, text in path)


def _give_surroundings(extraction: Extraction) -> None:
    pieces = pieces_of(extraction)
    for index, piece in enumerate(pieces):
        if isinstance(piece, Figure):
            piece.before = _near(reversed(pieces[:index]), BEFORE, piece.caption, backwards=True)
            piece.after = _near(iter(pieces[index + 1 :]), AFTER, piece.caption, backwards=False)


def _near(pieces, limit: int, caption: str, backwards: bool) -> str:
    parts: list[str] = []
    length = 0
    for piece in pieces:
        if not isinstance(piece, Block) or piece.kind in ("header", "footer") or piece.text == caption:
            continue
        parts.append(piece.text)
        length += len(piece.text) + 1
        if length >= limit:
            break
    if backwards:
        text = "\n".join(reversed(parts))
        return text if len(text) <= limit else text[-limit:].split(" ", 1)[-1]
    text = "\n".join(parts)
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
