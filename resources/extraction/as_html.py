"""What was cut out of a document as one page of HTML, which loads nothing: `codices extract FILE --format html`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby

from codices.resources.extraction.common.model import Block, Extraction, Figure, Picture, Table
from codices.resources.extraction.common.pictures import media_type_of_picture
from codices.resources.extraction.pdf.finish import pieces_of
from codices.resources.extraction.reading_text import captions_written, heading_level, is_read

_TAGS = {"code": ("<pre><code>", "</code></pre>"), "note": ("<aside>", "</aside>"), "caption": ("<p><em>", "</em></p>")}


def as_html(extraction: Extraction, words: Mapping[str, str] | None = None) -> str:
    """Headings, paragraphs, lists, tables and figures in reading order, without the running lines of pages.

    Pictures are inside as data URIs; `words` is what OCR read in them, by image id.
    """
    title = escape(extraction.title)
    head = f"<!doctype html>\n<html>\n<head><meta charset='utf-8'><title>{title}</title></head>\n<body>"
    return "\n".join([head, *_body(extraction, words or {}), "</body>\n</html>\n"])


def _body(extraction: Extraction, words: Mapping[str, str]) -> Iterator[str]:
    captions = captions_written(extraction)
    for is_list, pieces in groupby(filter(is_read, pieces_of(extraction)), key=_is_list_item):
        if is_list:
            items = "\n".join(f"<li>{_lines(piece.text)}</li>" for piece in pieces if isinstance(piece, Block))
            yield f"<ul>\n{items}\n</ul>"
            continue
        for piece in pieces:
            if isinstance(piece, Block):
                yield _block(piece)
            elif isinstance(piece, Table):
                yield _table(piece, captions)
            else:
                picture = extraction.pictures.get(piece.image_id or "")
                yield _figure(piece, picture, words.get(piece.image_id or "", ""), captions)


def _is_list_item(piece: Block | Table | Figure) -> bool:
    return isinstance(piece, Block) and piece.kind == "list_item"


def _block(block: Block) -> str:
    if block.kind == "title":
        level = min(6, heading_level(block))
        return f"<h{level}>{_lines(block.text)}</h{level}>"
    before, after = _TAGS.get(block.kind, ("<p>", "</p>"))
    return f"{before}{escape(block.text) if block.kind == 'code' else _lines(block.text)}{after}"


def _table(table: Table, captions: set[str]) -> str:
    if not table.caption or table.caption in captions:
        return table.html
    return table.html.replace("<table>", f"<table><caption>{_lines(table.caption)}</caption>", 1)


def _figure(figure: Figure, picture: Picture | None, words: str, captions: set[str]) -> str:
    source = figure.link or ""
    if picture is not None:
        data = base64.b64encode(picture.data).decode("ascii")
        source = f"data:{media_type_of_picture(picture.data)};base64,{data}"
    parts = [f'<img src="{escape(source)}" alt="{escape(figure.alt)}">'] if source else []
    if figure.caption and figure.caption not in captions:
        parts.append(f"<figcaption>{_lines(figure.caption)}</figcaption>")
    parts += [f"<p>{_lines(said)}</p>" for said in (figure.words, words) if said]
    return f"<figure>{''.join(parts)}</figure>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
