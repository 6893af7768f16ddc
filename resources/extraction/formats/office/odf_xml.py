"""What the XML of OpenDocument files says apart from running text: names, lengths, charts and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from lxml import etree

from codices.resources.extraction.common.units import POINTS
from codices.resources.extraction.formats.office import office_xml
from codices.resources.foundation.failures import ExtractionError

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
NS = {
    "office": f"{_OASIS}office:1.0",
    "text": f"{_OASIS}text:1.0",
    "table": f"{_OASIS}table:1.0",
    "draw": f"{_OASIS}drawing:1.0",
    "dr3d": f"{_OASIS}dr3d:1.0",
    "style": f"{_OASIS}style:1.0",
    "svg": f"{_OASIS}svg-compatible:1.0",
    "chart": f"{_OASIS}chart:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "math": "http://www.w3.org/1998/Math/MathML",
    "xlink": "http://www.w3.org/1999/xlink",
}
MAX_REPEATED = 100  # times that one cell or row may stand for; text documents hardly ever repeat any


qn = partial(office_xml.qn, namespaces=NS)

P, H, TABLE, NOTE, COMMENT = map(qn, ("text:p", "text:h", "table:table", "text:note", "office:annotation"))
CHANGES = qn("text:tracked-changes")
_APART = {TABLE, NOTE, COMMENT, CHANGES}
_SHAPES = (f"{{{NS['draw']}}}", f"{{{NS['dr3d']}}}")
_ROW, _CELL = qn("table:table-row"), qn("table:table-cell")
_HEADER_ROWS = qn("table:table-header-rows")
_ROW_GROUPS = {_HEADER_ROWS, qn("table:table-rows"), qn("table:table-row-group")}
_LENGTH = re.compile(rf"\s*(\d+(?:\.\d+)?)({'|'.join(POINTS)})\s*$")


def parse_content(blob: bytes) -> Any:
    """The root of the part that holds the document. Raises ExtractionError("corrupt" or "too_deep")."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(blob, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "depth" in str(error):
            raise ExtractionError("too_deep", "the document is nested too deep to be read") from error
        raise ExtractionError("corrupt", f"not a readable OpenDocument text: {error}") from error


def is_shape(element: Any) -> bool:
    """Whether an element is a frame, a drawing, or a group of them."""
    return isinstance(element.tag, str) and element.tag.startswith(_SHAPES)


def inside(element: Any, *tags: str) -> Iterator[Any]:
    """Elements of these tags in their order; not those inside one another, or in drawings, tables and notes."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if child.tag in tags:
            yield child
        elif child.tag not in _APART and not is_shape(child):
            stack.extend(reversed(child))


def shapes_in(element: Any) -> Iterator[Any]:
    """The outermost shapes in their order; not those of tables and notes inside."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if is_shape(child):
            yield child
        elif child.tag not in _APART:
            stack.extend(reversed(child))


def number(element: Any, name: str, default: int = 1) -> int:
    """A counting attribute; the default where it is missing or no number."""
    said = element.get(qn(name), "")
    return int(said) if said.isdecimal() and len(said) < 10 else default


def size_of(shape: Any) -> tuple[float | None, float | None]:
    """Width and height in points, where both are told."""
    found = [_LENGTH.match(shape.get(qn(f"svg:{name}"), "")) for name in ("width", "height")]
    width, height = (float(length[1]) * POINTS[length[2]] if length else None for length in found)
    return (width, height) if width is not None and height is not None else (None, None)


def rows_of(table: Any, in_header: bool = False) -> Iterator[tuple[Any, bool]]:
    """A table's rows, and whether each is one of its header."""
    for child in table:
        if child.tag == _ROW:
            yield child, in_header
        elif child.tag in _ROW_GROUPS:
            yield from rows_of(child, in_header or child.tag == _HEADER_ROWS)


def cells_of(row: Any) -> Iterator[Any]:
    """A row's cells, without those that the span of another covers."""
    return row.iterchildren(_CELL)


def repeats(element: Any, name: str) -> int:
    return min(number(element, name), MAX_REPEATED)


def chart_words(root: Any) -> tuple[str, str]:
    """A chart's title, and its other words: axes' titles, series' names, categories, labels."""
    own = root.find(".//chart:chart/chart:title", NS)
    title = _joined(own) if own is not None else ""
    words = [_joined(other) for other in root.iter(qn("chart:title"), qn("chart:subtitle")) if other is not own]
    for r, (row, _) in enumerate(row for table in root.iter(TABLE) for row in rows_of(table)):
        cells = list(cells_of(row))
        for cell in cells if r == 0 else cells[:1] if r <= office_xml.MAX_CATEGORIES else ():
            if cell.get(qn("office:value-type"), "string") == "string":
                words.append(_joined(cell))
    words += [_joined(label) for label in root.iter(qn("chart:data-label"))]
    return title, " ".join(dict.fromkeys(filter(None, words)))


def formula_text(root: Any) -> str:
    """The signs of a formula in their order; where it has none, the text that it was typed as."""
    tokens = root.iter(*(qn(f"math:{name}") for name in ("mi", "mn", "mo", "mtext", "ms")))
    signs = "".join("".join(token.itertext()).strip() for token in tokens)
    return signs or " ".join(_joined(note) for note in root.iter(qn("math:annotation")))


def _joined(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
