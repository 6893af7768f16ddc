"""A page of HTML that shows what was cut out of a document: its pages with every box drawn on, and the pieces beside.

For `codices extract FILE --overlay OUT.html`: one file, nothing to load, for a person's eyes.
"""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from codices.resources.extraction.common.model import Block, Extraction, Figure, Page, Table
from codices.resources.extraction.common.pictures import media_type_of_picture, open_image
from codices.resources.extraction.pages.orientation import turned
from codices.resources.extraction.pages.pdf_render import render_page
from codices.resources.extraction.pdf.finish import pieces_of
from codices.resources.foundation.failures import ExtractionError
from codices.resources.foundation.plain_pictures import plain

DPI = 80
MAX_PAGES = 200

_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; background: #eee; color: #222 }
section { display: flex; gap: 1.5em; margin-bottom: 2em; align-items: flex-start }
.page { position: relative; flex: none; background: #fff; box-shadow: 0 0 6px #999 }
.page img { display: block }
.page a { position: absolute; border: 1.5px solid; box-sizing: border-box; text-decoration: none }
.page a span { position: absolute; top: 0; left: 0; font: bold 9px sans-serif; color: #fff; padding: 0 2px }
.text, .list_item, .code, .formula { border-color: #5a8a5a } .text span, .list_item span { background: #5a8a5a }
.title { border-color: #7a3fb0 } .title span { background: #7a3fb0 }
.caption { border-color: #b07a1f } .caption span { background: #b07a1f }
.header, .footer { border-color: #999; border-style: dashed } .header span, .footer span { background: #999 }
.table { border-color: #1f5fb0; border-width: 3px } .table span { background: #1f5fb0 }
.figure { border-color: #c0302a; border-width: 3px } .figure span { background: #c0302a }
ol { list-style: none; padding: 0; margin: 0; max-width: 60em }
li { background: #fff; border-left: 5px solid; padding: .3em .7em; margin-bottom: .4em; overflow-x: auto }
li:target { outline: 3px solid gold } small { color: #777 } table { border-collapse: collapse; font-size: 12px }
td, th { border: 1px solid #bbb; padding: 1px 5px; vertical-align: top } li img { max-width: 260px; max-height: 200px }
"""


def overlay_html(data_path: Path, extraction: Extraction) -> str:
    """The overlay of one document: `data_path` is the file it was cut from (PDF and images are drawn)."""
    pieces = pieces_of(extraction)
    numbers = {id(piece): number for number, piece in enumerate(pieces, 1)}
    parts = [
        f"<!doctype html><meta charset='utf-8'><title>{escape(data_path.name)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(extraction.title or data_path.name)}</h1>",
        f"<p>{escape(extraction.media_type)}: {len(extraction.pages)} pages, {len(extraction.blocks)} blocks, "
        f"{len(extraction.tables)} tables, {len(extraction.figures)} figures</p>",
    ]
    parts += [f"<p>warning, {escape(w.kind)}: {escape(w.message)}</p>" for w in extraction.warnings]
    shown: set[int] = set()
    for page in extraction.pages[:MAX_PAGES]:
        on_page = [piece for piece in pieces if piece.page == page.number]
        shown.update(id(piece) for piece in on_page)
        image = _page_image(data_path, extraction, page)
        parts.append(f"<h2>page {page.number} <small>{escape(page.route)}: {escape(page.reason)}</small></h2>")
        parts.append("<section>")
        if image is not None:
            parts.append(_drawn(image, on_page, numbers))
        parts.append(_listed(on_page, numbers, extraction))
        parts.append("</section>")
    rest = [piece for piece in pieces if id(piece) not in shown]
    if rest:
        parts.append(f"<section>{_listed(rest, numbers, extraction)}</section>")
    return "\n".join(parts)


def _page_image(data_path: Path, extraction: Extraction, page: Page) -> Image.Image | None:
    try:
        if extraction.media_type == "application/pdf":
            document = pdfium.PdfDocument(data_path)
            try:
                image = render_page(document[page.number - 1], DPI)
            finally:
                document.close()
        elif extraction.media_type.startswith("image/"):
            opened = open_image(data_path.read_bytes())
            opened.seek(page.number - 1)
            image = plain(opened)
            image.thumbnail((900, 900))
        else:
            return None
    except (pdfium.PdfiumError, ExtractionError, OSError, EOFError):
        return None
    return turned(image.convert("RGB"), page.turned)


def _kind(piece: Block | Table | Figure) -> str:
    return piece.kind if isinstance(piece, Block) else type(piece).__name__.lower()


def _drawn(image: Image.Image, pieces: list[Block | Table | Figure], numbers: dict[int, int]) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=75)
    source = base64.b64encode(buffer.getvalue()).decode()
    parts = [f"<div class='page'><img width={image.width} height={image.height} "]
    parts.append(f"alt='' src='data:image/jpeg;base64,{source}'>")
    for piece in pieces:
        if piece.box is None:
            continue
        x0, y0, x1, y1 = (100 * edge for edge in piece.box)
        number = numbers[id(piece)]
        parts.append(
            f"<a class='{_kind(piece)}' href='#p{number}' style='left:{x0:.2f}%;top:{y0:.2f}%;"
            f"width:{x1 - x0:.2f}%;height:{y1 - y0:.2f}%'><span>{number}</span></a>"
        )
    return "".join([*parts, "</div>"])


def _listed(pieces: list[Block | Table | Figure], numbers: dict[int, int], extraction: Extraction) -> str:
    items = []
    for piece in pieces:
        kind, number = _kind(piece), numbers[id(piece)]
        path = " > ".join(piece.heading_path)
        head = f"<b>{number}</b> <small>{kind} {escape(path)}</small><br>"
        if isinstance(piece, Block):
            body = escape(piece.text)
        elif isinstance(piece, Table):
            body = f"<i>{escape(piece.caption)}</i>{piece.html}"
        else:
            body = f"<i>{escape(piece.caption or piece.alt)}</i><br>{_picture(piece, extraction)}"
            body += f"<br><small>{escape(piece.words)}</small>"
        items.append(f"<li class='{kind}' id='p{number}'>{head}{body}</li>")
    return f"<ol>{''.join(items)}</ol>"


def _picture(figure: Figure, extraction: Extraction) -> str:
    picture = extraction.pictures.get(figure.image_id or "")
    if picture is None:
        return ""
    source = base64.b64encode(picture.data).decode()
    return f"<img alt='' src='data:{media_type_of_picture(picture.data)};base64,{source}'>"
