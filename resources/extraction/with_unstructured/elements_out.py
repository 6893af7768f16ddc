"""What was cut out of a document, as elements in unstructured's JSON: plain dicts, for which it need not be imported.

https://docs.unstructured.io/open-source/concepts/document-elements says what the types and the metadata are.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.extraction.common.pictures import media_type_of_picture
from codices.resources.extraction.pdf.finish import pieces_of
from codices.resources.extraction.reading_text import captions_written
from codices.resources.foundation.elements_json import coordinates, element, element_id, place_of

TYPES = {
    "title": "Title",
    "text": "NarrativeText",
    "list_item": "ListItem",
    "code": "CodeSnippet",
    "formula": "Formula",
    "caption": "FigureCaption",
    "note": "NarrativeText",
    "header": "Header",
    "footer": "Footer",
}
"""Kind of a block -> type of an element; unstructured has none for notes."""


def elements_of(extraction: Extraction, path: str, words: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Blocks, tables and figures in reading order, as dicts that `unstructured.staging.base.elements_from_dicts` takes.

    `path` is what the corpus calls the file. Coordinates are points from the top left (system `PixelSpace`), or
    thousandths of a page of unknown size. A caption that no block has stands before its table or after its figure.
    `words` is what OCR read in pictures, by image id.
    """
    return list(_Writer(extraction, path, words or {}).write())


class _Writer:
    def __init__(self, extraction: Extraction, path: str, words: Mapping[str, str]) -> None:
        self.extraction = extraction
        self.path = path
        self.words = words
        self.pages = {page.number: page for page in extraction.pages}
        self.headings: dict[tuple[str, ...], str] = {}  # a heading and those above it -> its element
        self.captions = captions_written(extraction)
        self.count = 0

    def write(self) -> Iterator[dict[str, Any]]:
        for piece in pieces_of(self.extraction):
            if isinstance(piece, Block):
                yield self.block(piece)
            elif isinstance(piece, Table):
                yield from self.caption(piece)
                yield self.table(piece)
            else:
                yield self.figure(piece)
                yield from self.caption(piece)

    def block(self, block: Block) -> dict[str, Any]:
        found = self.element(TYPES[block.kind], block.text, block, category_depth=max(0, block.level - 1))
        if block.kind == "title":
            self.headings[(*block.heading_path, block.text)] = found["element_id"]
        else:
            del found["metadata"]["category_depth"]
        return found

    def table(self, table: Table) -> dict[str, Any]:
        text = "\n".join(" ".join(cell for cell in row if cell) for row in table.cells)
        return self.element("Table", text, table, text_as_html=table.html)

    def figure(self, figure: Figure) -> dict[str, Any]:
        picture = self.extraction.pictures.get(figure.image_id or "")
        text = " ".join(
            dict.fromkeys(filter(None, (figure.alt, figure.words, self.words.get(figure.image_id or "", ""))))
        )
        if picture is None:
            return self.element("Image", text, figure, image_url=figure.link)
        data = base64.b64encode(picture.data).decode("ascii")
        return self.element(
            "Image", text, figure, image_base64=data, image_mime_type=media_type_of_picture(picture.data)
        )

    def caption(self, piece: Table | Figure) -> Iterable[dict[str, Any]]:
        if piece.caption and piece.caption not in self.captions:
            yield self.element("FigureCaption", piece.caption, piece)

    def element(self, kind: str, text: str, piece: Block | Table | Figure, **more: Any) -> dict[str, Any]:
        self.count += 1
        page = self.pages.get(piece.page or 0)
        metadata = {
            **place_of(self.path),
            "filetype": self.extraction.media_type,
            "page_number": piece.page,
            "parent_id": self.parent(piece.heading_path),
            "coordinates": coordinates(piece.box, page.width if page else 0, page.height if page else 0),
            **more,
        }
        return element(kind, element_id(self.path, self.count, text), text, metadata)

    def parent(self, path: tuple[str, ...]) -> str | None:
        """The nearest heading that is an element: the name of a sheet is none."""
        paths = (path[:length] for length in range(len(path), 0, -1))
        return next((self.headings[each] for each in paths if each in self.headings), None)
