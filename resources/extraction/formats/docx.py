"""Word documents: paragraphs, lists, tables, pictures, charts, text boxes and notes, in the order of the body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_archive
from codices.resources.extraction.common.media_types import DOCX
from codices.resources.extraction.common.model import Extraction
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
from codices.resources.extraction.formats.office.word_numbers import WordNumbers
from codices.resources.extraction.formats.office.word_text import word_text
from codices.resources.extraction.formats.web import read_html
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

OTHER_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_P, _TBL, _SDT, _CONTENT = qn("w:p"), qn("w:tbl"), qn("w:sdt"), qn("w:sdtContent")
_WRAPPERS = {_CONTENT, qn("w:smartTag"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo"), qn("mc:Choice")}

_REFERENCES = {  # what stands in the text for a note -> the part that it is in
    qn("w:footnoteReference"): "footnotes",
    qn("w:endnoteReference"): "endnotes",
    qn("w:commentReference"): "comments",
}


def parse_docx(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One DOCX. Raises ExtractionError: "corrupt", "archive_bomb", "encrypted", "no_content"."""
    from docx.opc.exceptions import PackageNotFoundError
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    # docx.Document refuses templates and files with macros, which are documents like any other.
    PartFactory.part_type_for.update(dict.fromkeys(OTHER_KINDS, DocumentPart))
    check_archive(data_path, options)
    try:
        part: Any = Package.open(readable_package(data_path)).main_document_part
        document = part.document
        body = document.element.body
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError, OSError) as error:
        raise ExtractionError("corrupt", f"not a readable Word document: {error}") from error
    flow = Flow(DOCX, options, read_link)
    flow.title = (document.core_properties.title or "") if _has_core_properties(document) else ""
    reader = _Reader(flow, document)
    reader.furniture("header")
    reader.blocks(body, document.part)
    reader.notes()
    reader.furniture("footer")
    return flow.finish()


def _has_core_properties(document: Any) -> bool:
    try:
        return document.core_properties is not None
    except (KeyError, ValueError, AttributeError, etree.XMLSyntaxError):
        return False


class _Reader:
    def __init__(self, flow: Flow, document: Any):
        self.flow = flow
        self.document = document
        self.styles = _styles(document)
        self.numbers = WordNumbers(_root(document.part, "/numbering"), _root(document.part, "/styles"))
        self.waiting: list[tuple[Any, Any]] = []  # notes of this section, each with its part
        self.notes_left = _notes(document.part, flow)
        # Below a title, the headings of level 1 are the second level.
        titles = {style_id for style_id, (name, _, _) in self.styles.items() if name == "title"}
        used = document.element.body.iterfind(f"./{_P}/{qn('w:pPr')}/{qn('w:pStyle')}")
        self.has_title = any(style.get(qn("w:val")) in titles for style in used)

    def blocks(self, parent: Any, part: Any) -> None:
        """Everything that stands in a body, a cell of a layout table, or a text box."""
        for child in parent:
            try:
                if child.tag == _P:
                    self.paragraph(child, part)
                elif child.tag == _TBL:
                    self.table(child, part)
                elif child.tag == _SDT:
                    content = child.find(_CONTENT)
                    if content is not None:
                        self.blocks(content, part)
                elif child.tag in _WRAPPERS or child.tag == qn("mc:AlternateContent"):
                    self.blocks(child, part)
                elif child.tag == qn("w:altChunk"):
                    self.inserted(related_part(part, child.get(qn("r:id"))))
            except (KeyError, ValueError, AttributeError, TypeError) as error:
                self.flow.lost(error)

    def inserted(self, document: Any) -> None:
        """A document of another kind inside this one, which Word takes over when it opens the file."""
        if document is None or document.content_type not in ("text/html", "application/xhtml+xml", "text/plain"):
            self.flow.lost(ValueError(f"an inserted document ({getattr(document, 'content_type', 'not in the file')})"))
        elif document.content_type == "text/plain":
            self.flow.text(decode(document.blob))
        else:
            read_html(decode(document.blob), self.flow)

    def paragraph(self, paragraph: Any, part: Any) -> None:
        text = self.text_of(paragraph, part)
        name, level, listed = self.style_of(paragraph)
        level = 1 if level is None and name == "title" else level
        if level is not None:
            self.write_notes()
            self.flow.heading(text, level)
        elif name == "caption":
            self.flow.text(text, "caption")
        else:
            self.flow.text(text, "list_item" if listed else "text")
        self.await_notes(paragraph)
        self.drawings(paragraph, part)

    def text_of(self, paragraph: Any, part: Any) -> str:
        """A paragraph's text, its automatic number before it; each paragraph is asked for once, in order."""

        def target(relation_id: str) -> str:
            relation = part.rels.get(relation_id)
            return relation.target_ref if relation is not None and relation.is_external else ""

        label, text = self.numbers.label(paragraph), word_text(paragraph, target)
        return f"{label} {text}" if label and text.strip() else text

    def style_of(self, paragraph: Any) -> tuple[str, int | None, bool]:
        """Style name, heading level counted from 1 (below the title), and whether it is an item of a list."""
        properties = paragraph.find(qn("w:pPr"))
        style_id, level, listed = "", None, False
        if properties is not None:
            style = properties.find(qn("w:pStyle"))
            style_id = style.get(qn("w:val"), "") if style is not None else ""
            outline = properties.find(qn("w:outlineLvl"))
            if outline is not None and outline.get(qn("w:val"), "9").isdigit():
                level = int(outline.get(qn("w:val")))
            number = properties.find(f"{qn('w:numPr')}/{qn('w:numId')}")
            listed = number is not None and number.get(qn("w:val")) != "0"
        name, style_level, style_listed = self.styles.get(style_id, ("", None, False))
        level = style_level if level is None else level
        heading = None if level is None or level > 8 else level + (2 if self.has_title else 1)
        return name, heading, listed or style_listed

    def table(self, table: Any, part: Any) -> None:
        rows = list(_rows(table))
        cells = [cell for row in rows for cell in _cells(row)]
        if len(cells) == 1:  # a frame around text
            self.blocks(cells[0], part)
            return
        self.flow.table(_grid(rows, lambda cell: self.cell_text(cell, part)))
        self.await_notes(table)
        for cell in cells:
            for paragraph in cell.iter(_P):
                if _nearest_table(paragraph) is table:
                    self.drawings(paragraph, part)
            for nested in cell.iter(_TBL):
                if _nearest_table(nested.getparent()) is table:
                    self.table(nested, part)

    def drawings(self, paragraph: Any, part: Any) -> None:
        """Pictures, charts, diagrams and text boxes that hang on a paragraph."""
        for drawing in paragraph.iter(qn("w:drawing"), qn("w:pict"), qn("w:object")):
            if _inside(drawing, paragraph, qn("mc:Fallback"), qn("w:txbxContent")):
                continue
            try:
                self.drawing(drawing, part)
            except (KeyError, ValueError, AttributeError, TypeError) as error:
                self.flow.lost(error)

    def drawing(self, drawing: Any, part: Any) -> None:
        properties = drawing.find(".//wp:docPr", NS)
        alt = ""
        if properties is not None:
            alt = properties.get("descr") or properties.get("title") or ""
        extent = drawing.find(".//wp:extent", NS)
        size = (None, None)
        if extent is not None:
            size = (int(extent.get("cx", 0)) / EMU, int(extent.get("cy", 0)) / EMU)
        pictures = [blip for blip in drawing.iterfind(".//a:blip", NS) if not _in_text_box(blip, drawing)]
        for blip in pictures:
            self.picture(blip.get(qn("r:embed")), blip.get(qn("r:link")), part, alt, *_size_of(blip, pictures, size))
        images = [image for image in drawing.iterfind(".//v:imagedata", NS) if not _in_text_box(image, drawing)]
        for image in images:
            shape = image.getparent()
            label = alt or (shape.get("alt") if shape is not None else "") or ""
            self.picture(image.get(qn("r:id")), image.get(qn("r:href")), part, label, *_vml_size(shape))
        for chart in drawing.iter(qn("c:chart"), qn("cx:chart")):
            if _in_text_box(chart, drawing):
                continue
            chart_part = related_part(part, chart.get(qn("r:id")))
            title, words = chart_words(chart_part.blob) if chart_part is not None else ("", "")
            if title or words or alt:
                self.flow.figure(None, alt=alt, caption=title, words=words)
            for rows in chart_tables(chart_part.blob) if chart_part is not None else ():
                self.flow.table(rows, title)
        for embedded in drawing.iter("{*}OLEObject"):
            target = related_part(part, embedded.get(qn("r:id")))
            if target is not None and not _in_text_box(embedded, drawing):
                write_embedded(target, embedded.get("ProgID", ""), self.flow)
        for diagram in drawing.iter(qn("dgm:relIds")):
            if _in_text_box(diagram, drawing):
                continue
            data = related_part(part, diagram.get(qn("r:dm")))
            words = diagram_words(data.blob) if data is not None else ""
            if words or alt:
                self.flow.figure(None, alt=alt, words=words)
        if alt and drawing.find(f".//{qn('a:graphicData')}/{{*}}wsp") is not None:
            self.flow.figure(None, alt=alt)  # a shape
        for content in drawing.iter(qn("w:txbxContent")):
            if not _inside(content, drawing, qn("mc:Fallback"), qn("w:txbxContent")):
                self.blocks(content, part)

    def picture(
        self, embedded: str | None, linked: str | None, part: Any, alt: str, width: float | None, height: float | None
    ) -> None:
        target = related_part(part, embedded)
        if target is not None:
            self.flow.figure(target.blob, alt=alt, width=width, height=height, name=str(target.partname))
            return
        relation = part.rels.get(embedded or "") or part.rels.get(linked or "")
        if relation is not None and relation.is_external:
            self.flow.linked_figure(relation.target_ref, alt=alt, width=width, height=height)
        else:
            self.flow.lost(ValueError("a picture is not in the file"))
            if alt:
                self.flow.figure(None, alt=alt)

    def cell_text(self, cell: Any, part: Any) -> str:
        table = _nearest_table(cell.getparent())
        return "\n".join(self.text_of(p, part) for p in cell.iter(_P) if _nearest_table(p) is table)

    def await_notes(self, element: Any) -> None:
        """The notes and comments that a paragraph or table refers to come at the end of its section."""
        for reference in element.iter(*_REFERENCES):
            note = self.notes_left.pop((_REFERENCES[reference.tag], reference.get(qn("w:id"), "")), None)
            if note is not None:
                self.waiting.append(note)

    def write_notes(self) -> None:
        waiting, self.waiting = self.waiting, []
        for note, part in waiting:
            self.note(note, part)

    def notes(self) -> None:
        """The last section's notes, and those that nothing refers to."""
        self.waiting += self.notes_left.values()
        self.write_notes()

    def note(self, note: Any, part: Any) -> None:
        paragraphs = [paragraph for paragraph in note.iter(_P) if _nearest_table(paragraph) is None]
        self.flow.text("\n".join(self.text_of(paragraph, part) for paragraph in paragraphs), "note")
        for paragraph in paragraphs:
            self.drawings(paragraph, part)
        for table in note.iter(_TBL):
            if _nearest_table(table.getparent()) is None:
                self.table(table, part)

    def furniture(self, kind: str) -> None:
        """Headers or footers, each text once."""
        seen: set[str] = set()
        for relation in self.document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(f"/{kind}"):
                continue
            try:
                root = etree.fromstring(relation.target_part.blob)
            except etree.XMLSyntaxError as error:
                self.flow.lost(error)
                continue
            paragraphs = [p for p in root.iter(_P) if not _inside(p, root, qn("mc:Fallback"))]
            text = "\n".join(filter(None, map(word_text, paragraphs)))
            if text.strip() and text not in seen:
                seen.add(text)
                self.flow.text(text, kind)


def _root(part: Any, kind: str) -> Any:
    """The root element of the part that a document relates to by this kind; None where it has none."""
    for relation in part.rels.values():
        if not relation.is_external and relation.reltype.endswith(kind):
            return parse_xml(relation.target_part.blob)
    return None


def _notes(part: Any, flow: Flow) -> dict[tuple[str, str], tuple[Any, Any]]:
    """(kind, id) of every footnote, endnote and comment -> its element and its part."""
    found = {}
    for relation in part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if relation.is_external or kind not in _REFERENCES.values():
            continue
        try:
            root = etree.fromstring(relation.target_part.blob)
        except etree.XMLSyntaxError as error:
            flow.lost(error)
            continue
        for note in root:
            if note.get(qn("w:type")) in (None, "normal"):
                found[kind, note.get(qn("w:id"), str(len(found)))] = (note, relation.target_part)
    return found


def _styles(document: Any) -> dict[str, tuple[str, int | None, bool]]:
    """Style id -> (lower-case name, outline level counted from 0 or None, numbered), inherited values included."""
    try:
        elements = {style.get(qn("w:styleId"), ""): style for style in document.styles.element.iter(qn("w:style"))}
    except (KeyError, AttributeError):
        return {}
    found: dict[str, tuple[str, int | None, bool]] = {}
    for style_id, style in elements.items():
        name, level, listed = "", None, False
        seen: set[str] = set()
        current, current_id = style, style_id
        while current is not None and current_id not in seen:
            seen.add(current_id)
            label = current.find(qn("w:name"))
            label = label.get(qn("w:val"), "").lower() if label is not None else ""
            if not name or label in ("title", "caption"):
                name = label
            if level is None:
                outline = current.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
                if outline is not None:
                    level = int(outline.get(qn("w:val"), "9"))
                elif label.startswith("heading ") and label[8:].isdigit():
                    level = int(label[8:]) - 1
            listed = listed or current.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
            parent = current.find(qn("w:basedOn"))
            current_id = parent.get(qn("w:val"), "") if parent is not None else ""
            current = elements.get(current_id)
        found[style_id] = (name, level, listed)
    return found


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == qn("w:tr"):
            yield child
        elif child.tag == _SDT and child.find(_CONTENT) is not None:
            yield from _rows(child.find(_CONTENT))
        elif child.tag in _WRAPPERS:
            yield from _rows(child)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == qn("w:tc"):
            yield child
        elif child.tag == _SDT and child.find(_CONTENT) is not None:
            yield from _cells(child.find(_CONTENT))
        elif child.tag in _WRAPPERS:
            yield from _cells(child)


def _grid(rows: list[Any], text_of: Callable[[Any], str]) -> list[list[Cell]]:
    """Cells with their spans; one that continues a vertical merge is left out, as in HTML."""
    placed: list[list[tuple[int, Cell]]] = []
    open_merges: dict[int, tuple[int, int]] = {}  # column -> (row, index) of the cell that goes on below
    for r, row in enumerate(rows):
        skipped = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
        column = int(skipped.get(qn("w:val"), "0")) if skipped is not None else 0
        out: list[tuple[int, Cell]] = [(c, Cell("")) for c in range(column)]
        for cell in _cells(row):
            properties = cell.find(qn("w:tcPr"))
            span = properties.find(qn("w:gridSpan")) if properties is not None else None
            wide = max(1, int(span.get(qn("w:val"), "1"))) if span is not None else 1
            merge = properties.find(qn("w:vMerge")) if properties is not None else None
            if merge is not None and merge.get(qn("w:val"), "continue") != "restart" and column in open_merges:
                above, index = open_merges[column]
                where, first = placed[above][index]
                placed[above][index] = (
                    where,
                    Cell(first.text, r - above + 1, first.column_span, first.header),
                )
            else:
                if merge is not None:
                    open_merges[column] = (r, len(out))
                else:
                    open_merges.pop(column, None)
                header = r == 0 or row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
                out.append((column, Cell(text_of(cell), 1, wide, header)))
            column += wide
        placed.append(out)
    return [[cell for _, cell in row] for row in placed]


def _nearest_table(element: Any) -> Any:
    while element is not None and element.tag not in (_TBL, qn("w:txbxContent")):
        element = element.getparent()
    return element


def _inside(element: Any, stop: Any, *tags: str) -> bool:
    parent = element.getparent()
    while parent is not None and parent is not stop:
        if parent.tag in tags:
            return True
        parent = parent.getparent()
    return False


def _in_text_box(element: Any, drawing: Any) -> bool:
    """Whether a drawing's element belongs to the text of a box on it, which is read by itself."""
    return _inside(element, drawing, qn("w:txbxContent"), qn("mc:Fallback"))


def _size_of(
    blip: Any, pictures: list[Any], whole: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    """A picture's own size in points inside a group, else that of the drawing."""
    if len(pictures) == 1:
        return whole
    parent = blip.getparent()
    while parent is not None and etree.QName(parent).localname != "pic":
        parent = parent.getparent()
    extent = parent.find(".//a:xfrm/a:ext", NS) if parent is not None else None
    if extent is None:
        return whole
    return int(extent.get("cx", 0)) / EMU, int(extent.get("cy", 0)) / EMU


def _vml_size(shape: Any) -> tuple[float | None, float | None]:
    import re

    units = {"pt": 1.0, "in": 72.0, "px": 0.75, "cm": 28.35, "mm": 2.835}
    style = shape.get("style", "") if shape is not None else ""
    found = {
        name: float(number) * units[unit]
        for name, number, unit in re.findall(r"(?<![\w-])(width|height):([\d.]+)(pt|in|px|cm|mm)", style)
    }
    return (found["width"], found["height"]) if len(found) == 2 else (None, None)
