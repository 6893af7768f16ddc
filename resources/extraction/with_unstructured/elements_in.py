"""Elements as unstructured keeps them (dicts of its JSON), as what extraction hands on.

https://docs.unstructured.io/open-source/concepts/document-elements says what the types and the metadata are.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.model import Box, Extraction
from codices.resources.extraction.formats.web import parse_tree, read_html
from codices.resources.settings.extraction_options import ExtractionOptions

Element = Mapping[str, Any]

_KINDS = {
    "ListItem": "list_item",
    "List-item": "list_item",
    "BulletedText": "list_item",
    "CodeSnippet": "code",
    "Formula": "formula",
    "FigureCaption": "caption",
    "Caption": "caption",
    "Footnote": "note",
    "Header": "header",
    "Page-header": "header",
    "Footer": "footer",
    "Page-footer": "footer",
    "PageNumber": "footer",
}
_HEADINGS = {"Title", "Headline", "Subheadline", "Section-header"}
_TABLES = {"Table", "TableChunk"}
_PICTURES = {"Image", "Picture", "Figure"}
_MAX_ANCESTORS = 32  # of an element: what is deeper is a circle, or nothing that a person wrote
_FROM_THE_BOTTOM = {"PointSpace", "RelativeCoordinateSystem"}  # systems whose y grows upwards


def extraction_of(
    elements: Sequence[Element], media_type: str, options: ExtractionOptions, read_link: ReadLink
) -> Extraction:
    """The elements in their order: text, page, box (from `coordinates`), headings above (from `parent_id`, or from the
    order where no element has a parent), tables (from `text_as_html`) and pictures (from `image_base64`).

    Raises ExtractionError("no_content") where no element has any.
    """
    return _Reader(elements, media_type, options, read_link).read()


class _Reader:
    def __init__(
        self, elements: Sequence[Element], media_type: str, options: ExtractionOptions, read_link: ReadLink
    ) -> None:
        self.elements = elements
        self.options = options
        self.flow = Flow(media_type, options, read_link)
        self.by_id = {str(each.get("element_id")): each for each in elements if each.get("element_id") is not None}
        self.says_parents = any(_metadata(each).get("parent_id") for each in elements)
        self.pages: set[int] = set()

    def read(self) -> Extraction:
        for element in self.elements:
            metadata = _metadata(element)
            self._enter_page(metadata)
            self.flow.box = _box(metadata.get("coordinates"))
            if self.says_parents:
                self._enter_section(element)
            self._write(element, metadata)
        return self.flow.finish()

    def _enter_page(self, metadata: Element) -> None:
        number = metadata.get("page_number")
        if not isinstance(number, int) or number < 1:
            self.flow.page = None
        elif number in self.pages:
            self.flow.page = number
        else:
            self.pages.add(number)
            coordinates = metadata.get("coordinates")
            width, height = _size(coordinates) or (0.0, 0.0)
            self.flow.new_page(number, width, height)

    def _enter_section(self, element: Element) -> None:
        above: list[str] = []
        parent = self.by_id.get(str(_metadata(element).get("parent_id")))
        while parent is not None and len(above) < _MAX_ANCESTORS:
            if parent.get("type") in _HEADINGS:
                above.append(_text(parent))
            parent = self.by_id.get(str(_metadata(parent).get("parent_id")))
        self.flow.forget_headings()
        for heading in reversed(above):
            self.flow.section(heading)

    def _write(self, element: Element, metadata: Element) -> None:
        kind, text = str(element.get("type")), _text(element)
        if kind in _HEADINGS:
            depth = metadata.get("category_depth")
            self.flow.heading(text, depth + 1 if isinstance(depth, int) and depth >= 0 else 1)
        elif kind in _TABLES:
            self._write_table(text, str(metadata.get("text_as_html") or ""))
        elif kind in _PICTURES:
            self._write_picture(text, metadata)
        elif kind == "CheckBox":
            self.flow.text("[x]" if element.get("checked") else "[ ]")
        else:
            self.flow.text(text, _KINDS.get(kind, "text"))

    def _write_table(self, text: str, html: str) -> None:
        if html and parse_tree(html) is not None:
            read_html(html, self.flow)
        else:
            self.flow.table([[Cell(cell) for cell in line.split("\t")] for line in text.splitlines()])

    def _write_picture(self, text: str, metadata: Element) -> None:
        data = _decoded(metadata.get("image_base64"))
        target = metadata.get("image_url") or metadata.get("image_path")
        if data is None and isinstance(target, str):
            self.flow.linked_figure(target, alt=text)
        else:
            self.flow.figure(data, alt=text)


def _metadata(element: Element) -> Element:
    found = element.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _text(element: Element) -> str:
    found = element.get("text")
    return found if isinstance(found, str) else ""


def _decoded(data: object) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) and data else None
    except (binascii.Error, ValueError):
        return b""  # a picture that cannot be opened is warned of


def _size(coordinates: object) -> tuple[float, float] | None:
    """Width and height of the page in its coordinate system."""
    if not isinstance(coordinates, Mapping):
        return None
    if coordinates.get("system") == "RelativeCoordinateSystem":
        return 1.0, 1.0
    width, height = coordinates.get("layout_width"), coordinates.get("layout_height")
    if not isinstance(width, int | float) or not isinstance(height, int | float):
        return None
    return (float(width), float(height)) if width > 0 and height > 0 else None


def _box(coordinates: object) -> Box | None:
    """The smallest rectangle around an element's points, in fractions of the page."""
    size = _size(coordinates)
    points = coordinates.get("points") if isinstance(coordinates, Mapping) else None
    if size is None or not isinstance(points, Sequence) or not points:
        return None
    try:
        across = [float(x) / size[0] for x, _ in points]
        down = [float(y) / size[1] for _, y in points]
    except (TypeError, ValueError):
        return None
    if isinstance(coordinates, Mapping) and coordinates.get("system") in _FROM_THE_BOTTOM:
        down = [1 - y for y in down]
    edges = (min(across), min(down), max(across), max(down))
    x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in edges)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
