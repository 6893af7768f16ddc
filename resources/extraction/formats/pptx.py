"""PowerPoint presentations: a slide is a page, its title the heading of what is on it; notes follow the slide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_archive
from codices.resources.extraction.common.media_types import PPTX
from codices.resources.extraction.common.model import Box, Extraction
from codices.resources.extraction.formats.embedded import write_embedded
from codices.resources.extraction.formats.office.chart_values import chart_tables
from codices.resources.extraction.formats.office.office_xml import (
    EMU,
    NS,
    chart_words,
    diagram_words,
    parse_xml,
    qn,
    related_part,
)
from codices.resources.extraction.formats.office.packages import readable_package
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

OTHER_KINDS = (
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)
BACKGROUND = 0.85  # a picture that covers so much of a slide with text on it is its background
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"ftr": "footer", "sldNum": "footer", "dt": "footer", "hdr": "header"}
_PARAGRAPH, _RUN_TEXT, _LINE_BREAK = qn("a:p"), qn("a:t"), qn("a:br")


@dataclass(frozen=True)
class _Frame:
    """Maps the coordinates of a group's inside to the slide's, in EMU."""

    left: float = 0
    top: float = 0
    across: float = 1
    down: float = 1

    def rectangle(self, transform: Any) -> tuple[float, float, float, float] | None:
        """(left, top, width, height) of an a:xfrm or p:xfrm."""
        offset = transform.find("a:off", NS) if transform is not None else None
        extent = transform.find("a:ext", NS) if transform is not None else None
        if offset is None or extent is None:
            return None
        x, y, cx, cy = (float(element.get(key, 0)) for element, key in
                        ((offset, "x"), (offset, "y"), (extent, "cx"), (extent, "cy")))  # fmt: skip
        return (self.left + x * self.across, self.top + y * self.down, cx * self.across, cy * self.down)

    def inside(self, transform: Any) -> _Frame:
        outer = self.rectangle(transform)
        offset = transform.find("a:chOff", NS) if transform is not None else None
        extent = transform.find("a:chExt", NS) if transform is not None else None
        if outer is None or offset is None or extent is None:
            return self
        across = outer[2] / (float(extent.get("cx", 0)) or 1)
        down = outer[3] / (float(extent.get("cy", 0)) or 1)
        return _Frame(
            outer[0] - float(offset.get("x", 0)) * across, outer[1] - float(offset.get("y", 0)) * down, across, down
        )


def parse_pptx(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One PPTX. Raises ExtractionError: "corrupt", "archive_bomb", "encrypted", "no_content"."""
    from pptx.exc import PythonPptxError
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    # pptx.Presentation refuses slide shows and templates, which are presentations like any other.
    PartFactory.part_type_for.update(dict.fromkeys(OTHER_KINDS, PresentationPart))
    check_archive(data_path, options)
    try:
        presentation: Any = Package.open(readable_package(data_path)).main_document_part.presentation
        slides = list(presentation.slides)
        size = (float(presentation.slide_width or 9_144_000), float(presentation.slide_height or 6_858_000))
    except (PythonPptxError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError, OSError) as error:
        raise ExtractionError("corrupt", f"not a readable presentation: {error}") from error
    flow = Flow(PPTX, options, read_link)
    try:
        flow.title = presentation.core_properties.title or ""
    except (KeyError, ValueError, AttributeError, etree.XMLSyntaxError):
        flow.title = ""
    if flow.title.strip().lower() in ("powerpoint presentation", "powerpoint-präsentation", "presentation"):
        flow.title = ""  # what the program writes when nobody named it
    for number, slide in enumerate(slides, 1):
        flow.new_page(number, size[0] / EMU, size[1] / EMU)
        flow.forget_headings()
        _Slide(flow, slide, size).read()
    return flow.finish()


class _Slide:
    def __init__(self, flow: Flow, slide: Any, size: tuple[float, float]):
        self.flow = flow
        self.slide = slide
        self.part = slide.part
        self.width, self.height = size

    def read(self) -> None:
        tree = self.slide._element.find(qn("p:cSld") + "/" + qn("p:spTree"))
        if tree is None:
            return
        self.characters = sum(len(text.text or "") for text in tree.iter(_RUN_TEXT))
        shapes = list(_shapes(tree, _Frame()))
        titles = [item for item in shapes if _placeholder(item[0]) in _TITLES]
        rest = [item for item in shapes if _placeholder(item[0]) not in _TITLES]
        # Wherever the title stands on the slide: everything else is under it.
        for shape, frame in [*titles, *in_order([(self.place(*item), item) for item in rest])]:
            try:
                self.shape(shape, frame)
            except (KeyError, ValueError, AttributeError, TypeError, ZeroDivisionError) as error:
                self.flow.lost(error)
        self.notes()
        self.comments()

    def place(self, shape: Any, frame: _Frame) -> Box | None:
        """Where a shape stands among the others; a group lies around its shapes and is told of after them."""
        return None if shape.tag == qn("p:grpSp") else self.box(shape, frame)

    def shape(self, shape: Any, frame: _Frame) -> None:
        kind = etree.QName(shape).localname
        box = self.box(shape, frame)
        alt = self.alt(shape)
        if kind == "pic":
            self.pictures(shape, frame, alt, box)
        elif kind == "graphicFrame":
            self.graphic(shape, frame, alt, box)
        elif kind == "grpSp":
            self.flow.figure(None, alt=alt, box=box)
        elif kind == "sp":
            if shape.find("p:spPr/a:blipFill", NS) is not None:
                self.pictures(shape, frame, alt, box)
            elif alt:
                self.flow.figure(None, alt=alt, box=box)
            self.text(shape, box)

    def text(self, shape: Any, box: Box | None) -> None:
        body = shape.find(qn("p:txBody"))
        if body is None:
            return
        place = _placeholder(shape)
        if place in _TITLES:
            self.flow.heading("\n".join(_paragraph_text(p) for p in body.iter(_PARAGRAPH)), 1, box)
            return
        furniture = _FURNITURE.get(place or "")
        for paragraph in body.iter(_PARAGRAPH):
            listed = _is_list_item(paragraph, place in ("body", ""))
            self.flow.text(_paragraph_text(paragraph), furniture or ("list_item" if listed else "text"), box)

    def graphic(self, shape: Any, frame: _Frame, alt: str, box: Box | None) -> None:
        table = shape.find(f".//{qn('a:tbl')}")
        if table is not None:
            self.flow.table(_rows(table), box=box)
            return
        words, title, tables = [], "", []
        for chart in shape.iter(qn("c:chart"), qn("cx:chart")):
            part = related_part(self.part, chart.get(qn("r:id")))
            title, said = chart_words(part.blob) if part is not None else ("", "")
            words.append(said)
            tables += chart_tables(part.blob) if part is not None else []
        for diagram in shape.findall(".//dgm:relIds", NS):
            part = related_part(self.part, diagram.get(qn("r:dm")))
            words.append(diagram_words(part.blob) if part is not None else "")
        if title or any(words) or (alt and not shape.findall(".//a:blip", NS)):
            self.flow.figure(None, alt=alt, caption=title, words=" ".join(words), box=box)
        for rows in tables:
            self.flow.table(rows, title, box)
        for embedded in shape.iterfind(".//p:oleObj", NS):
            target = related_part(self.part, embedded.get(qn("r:id")))
            if target is not None and not any(parent.tag == qn("mc:Fallback") for parent in embedded.iterancestors()):
                write_embedded(target, embedded.get("progId", ""), self.flow)
        self.pictures(shape, frame, alt, box)

    def pictures(self, shape: Any, frame: _Frame, alt: str, box: Box | None) -> None:
        if box is not None and (box[2] - box[0]) * (box[3] - box[1]) > BACKGROUND and self.characters > 100:
            return
        width = height = None
        if box is not None:
            width, height = (box[2] - box[0]) * self.width / EMU, (box[3] - box[1]) * self.height / EMU
        for blip in shape.findall(".//a:blip", NS):
            part = related_part(self.part, blip.get(qn("r:embed")))
            if part is not None:
                self.flow.figure(part.blob, alt=alt, width=width, height=height, box=box, name=str(part.partname))
                continue
            relation = self.part.rels.get(blip.get(qn("r:link")) or blip.get(qn("r:embed")) or "")
            if relation is not None and relation.is_external:
                self.flow.linked_figure(relation.target_ref, alt=alt, width=width, height=height, box=box)
            elif alt:
                self.flow.figure(None, alt=alt, box=box)

    def alt(self, shape: Any) -> str:
        properties = shape.find(f"./*/{qn('p:cNvPr')}")
        return (properties.get("descr") or properties.get("title") or "") if properties is not None else ""

    def box(self, shape: Any, frame: _Frame) -> Box | None:
        """Fractions of the slide; a placeholder without a place of its own has that of its layout."""
        place = frame.rectangle(_transform(shape))
        if place is None:
            place = self.inherited(shape)
        if place is None:
            return None
        left, top, width, height = place
        edges = (left / self.width, top / self.height, (left + width) / self.width, (top + height) / self.height)
        x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in edges)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def inherited(self, shape: Any) -> tuple[float, float, float, float] | None:
        """The place that the slide's layout gives; None where it gives none, or is not in the file."""
        for placeholder in self.slide.placeholders:
            if placeholder._element is not shape:
                continue
            try:
                if placeholder.left is not None:
                    left, top = float(placeholder.left), float(placeholder.top)
                    return left, top, float(placeholder.width), float(placeholder.height)
            except (KeyError, AttributeError, ValueError, TypeError) as error:
                self.flow.lost(error)
                return None
        return None

    def notes(self) -> None:
        if not self.slide.has_notes_slide:
            return
        frame = self.slide.notes_slide.notes_text_frame
        for paragraph in frame.paragraphs if frame is not None else ():
            self.flow.text(_paragraph_text(paragraph._p), "note")

    def comments(self) -> None:
        """Comments and the replies to them: plain text in the old form, paragraphs in the new one."""
        for relation in self.part.rels.values():
            if relation.is_external or not relation.reltype.endswith("/comments"):
                continue
            root = parse_xml(relation.target_part.blob)
            for element in root.iter("{*}text", "{*}txBody") if root is not None else ():
                paragraphs = [_paragraph_text(paragraph) for paragraph in element.iter(_PARAGRAPH)]
                self.flow.text("\n".join(paragraphs) or element.text or "", "note")


Item = TypeVar("Item")


def in_order(placed: Sequence[tuple[Box | None, Item]]) -> list[Item]:
    """Shapes as a person reads them: bands from top to bottom, columns from left to right within a band.

    Bands that share the same columns are one, so that a column's heading stays with what is under it. Shapes that
    overlap go by their top left corner, those without a place come last.
    """
    known = [(box, item) for box, item in placed if box is not None]
    return [item for _, item in _cut(known)] + [item for box, item in placed if box is None]


def _cut(items: list[tuple[Box, Item]]) -> list[tuple[Box, Item]]:
    if len(items) < 2:
        return items
    bands = _split(items, 1)
    runs: list[list[tuple[Box, Item]]] = []
    for band in bands:
        if runs and len(_split(band, 0)) > 1 and len(_split([*runs[-1], *band], 0)) == len(_split(band, 0)):
            runs[-1] += band
        else:
            runs.append(band)
    ordered: list[tuple[Box, Item]] = []
    for run in runs:
        columns = _split(run, 0)
        if max(map(len, columns)) > 1 and len(columns) > 1:
            ordered += [item for column in columns for item in _cut(column)]
        elif len(runs) > 1 or len(bands) > 1:
            ordered += _cut(run) if len(run) < len(items) else [item for band in bands for item in _cut(band)]
        else:
            ordered += sorted(run, key=lambda placed: (round(placed[0][1], 2), placed[0][0]))
    return ordered


def _split(items: list[tuple[Box, Item]], axis: int) -> list[list[tuple[Box, Item]]]:
    """Groups that nothing bridges along an axis (0: columns, 1: bands)."""
    groups: list[list[tuple[Box, Item]]] = []
    end = -1.0
    for placed in sorted(items, key=lambda placed: placed[0][axis]):
        if groups and placed[0][axis] < end - 0.005:
            groups[-1].append(placed)
        else:
            groups.append([placed])
        end = max(end, placed[0][axis + 2])
    return groups


def _shapes(tree: Any, frame: _Frame) -> Iterator[tuple[Any, _Frame]]:
    for child in tree:
        if child.tag == qn("p:grpSp"):
            if _says_more(child):
                yield child, frame
            yield from _shapes(child, frame.inside(child.find("p:grpSpPr/a:xfrm", NS)))
        elif child.tag == qn("mc:AlternateContent"):
            choice = child.find(qn("mc:Choice"))
            if choice is not None:
                yield from _shapes(choice, frame)
        elif child.tag in (qn("p:sp"), qn("p:pic"), qn("p:graphicFrame")):
            yield child, frame


def _says_more(group: Any) -> bool:
    """Whether a group has an alt text that none of its shapes has."""
    own, *others = (element.get("descr") or element.get("title") or "" for element in group.iter(qn("p:cNvPr")))
    return bool(own) and own not in others


def _transform(shape: Any) -> Any:
    found = (shape.find(place, NS) for place in ("p:spPr/a:xfrm", "p:xfrm", "p:grpSpPr/a:xfrm"))
    return next((transform for transform in found if transform is not None), None)


def _placeholder(shape: Any) -> str | None:
    """A placeholder's type ("" for the plain one), None for any other shape."""
    place = shape.find(f"./*/{qn('p:nvPr')}/{qn('p:ph')}")
    return place.get("type", "") if place is not None else None


def _paragraph_text(paragraph: Any) -> str:
    parts = []
    for element in paragraph.iter(_RUN_TEXT, _LINE_BREAK, qn("m:t")):
        parts.append("\n" if element.tag == _LINE_BREAK else element.text or "")
    return "".join(parts)


def _is_list_item(paragraph: Any, in_body: bool) -> bool:
    properties = paragraph.find(qn("a:pPr"))
    if properties is not None:
        if properties.find(qn("a:buNone")) is not None:
            return False
        if properties.find(qn("a:buChar")) is not None or properties.find(qn("a:buAutoNum")) is not None:
            return True
        if properties.get("lvl", "0") != "0":
            return True
    return in_body


def _rows(table: Any) -> list[list[Cell]]:
    first_row = table.find(qn("a:tblPr"))
    has_header = first_row is not None and first_row.get("firstRow") in ("1", "true")
    rows = []
    for r, row in enumerate(table.iter(qn("a:tr"))):
        cells = []
        for cell in row.iter(qn("a:tc")):
            if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
                continue
            text = "\n".join(_paragraph_text(paragraph) for paragraph in cell.iter(_PARAGRAPH))
            cells.append(Cell(text, int(cell.get("rowSpan", 1)), int(cell.get("gridSpan", 1)), has_header and r == 0))
        rows.append(cells)
    return rows
