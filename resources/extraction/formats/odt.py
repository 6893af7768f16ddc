"""OpenDocument texts: paragraphs, lists, tables, pictures, charts, text boxes and notes, in the order of the body."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codices.resources.extraction.common.flow import Flow, ReadLink, is_remote, tidy
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_archive, read_archive_entry
from codices.resources.extraction.common.media_types import ODT
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.office.odf_xml import (
    CHANGES,
    COMMENT,
    NOTE,
    NS,
    TABLE,
    H,
    P,
    cells_of,
    chart_words,
    formula_text,
    inside,
    is_shape,
    number,
    parse_content,
    qn,
    repeats,
    rows_of,
    shapes_in,
    size_of,
)
from codices.resources.extraction.formats.office.office_xml import parse_xml
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_BLANKS = 200  # that one element may stand for
_SHAPE_HERE = "\ufffc"  # stands in a paragraph's text where a shape is
_STARVIEW = b"VCLMTF"  # how LibreOffice's own metafiles start, which nothing else reads

_BLANK, _TAB, _BREAK, _RUBY = map(qn, ("text:s", "text:tab", "text:line-break", "text:ruby-text"))
_LIST, _NUMBERED = qn("text:list"), qn("text:numbered-paragraph")
_FRAME, _MATH = qn("draw:frame"), qn("math:math")
_GROUPS = {qn("draw:g"), qn("draw:a")}
_BLOCKS_NOT_READ = {CHANGES, NOTE, COMMENT}
# The numbers that lists and headings show, and programs.
_WORDS_NOT_READ = {CHANGES, qn("text:number"), qn("text:script"), qn("office:event-listeners")}
_SPACES = re.compile(r"[ \t\r\n]+")


def parse_odt(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One ODT, or a template of one.

    Raises ExtractionError: "corrupt", "too_deep", "archive_bomb", "encrypted", "no_content".
    """
    check_archive(data_path, options)
    with zipfile.ZipFile(data_path) as archive:
        names = set(archive.namelist())

        def part(name: str) -> Any:
            return parse_xml(read_archive_entry(archive, name)) if name in names else None

        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in read_archive_entry(archive, manifest):
            raise ExtractionError("encrypted", "the document is protected with a password")
        if "content.xml" not in names:
            raise ExtractionError("corrupt", "content.xml is not in the archive")
        content = parse_content(read_archive_entry(archive, "content.xml", int(options.max_unpacked_mib * 2**20)))
        body = content.find("office:body/office:text", NS)
        if body is None:
            raise ExtractionError("corrupt", "content.xml holds no text document")
        flow = Flow(ODT, options, read_link)
        meta, styles = part("meta.xml"), part("styles.xml")
        flow.title = meta.findtext(".//dc:title", "", NS) if meta is not None else ""
        reader = _Reader(flow, archive, _styles(styles, content))
        reader.has_title = any(reader.kind_of(p) == "title" and "".join(p.itertext()).strip() for p in body.iter(P))
        reader.furniture(styles, "header")
        reader.blocks(body)
        reader.write_notes()
        reader.furniture(styles, "footer")
    return flow.finish()


class _Reader:
    def __init__(self, flow: Flow, archive: zipfile.ZipFile, styles: dict[str, str]):
        self.flow = flow
        self.archive = archive
        self.names = set(archive.namelist())
        self.styles = styles
        self.has_title = False  # below a title, the headings of level 1 are the second level
        self.notes: list[Any] = []
        self.comments: list[Any] = []
        self.objects: dict[str, Any] = {}

    # Text

    def blocks(self, parent: Any, listed: bool = False) -> None:
        """Everything that stands in a body, a section, a list, a cell of a layout table, or a text box."""
        code: list[str] = []
        for child in parent:
            if child.tag == P and self.kind_of(child) == "code":
                code.append(self.text_in(child))
                self.drawings(child)
                continue
            self.flow.text("\n".join(code), "code")
            code.clear()
            if child.tag in (P, H):
                self.paragraph(child, listed)
            elif child.tag == TABLE:
                self.table(child)
            elif is_shape(child):
                self.drawing(child)
            elif child.tag not in _BLOCKS_NOT_READ:
                self.blocks(child, listed or child.tag in (_LIST, _NUMBERED))
        self.flow.text("\n".join(code), "code")

    def paragraph(self, paragraph: Any, listed: bool) -> None:
        words = self.words_in(paragraph)
        text = words.replace(_SHAPE_HERE, "")
        kind = self.kind_of(paragraph)
        leads = paragraph.tag == P and kind != "title" and words.lstrip().startswith(_SHAPE_HERE)
        if leads:
            self.drawings(paragraph)
        if paragraph.tag == H:
            self.flow.heading(text, max(1, number(paragraph, "text:outline-level")) + self.has_title)
        elif kind == "title":
            self.flow.heading(text, 1)
        else:
            self.flow.text(text, "list_item" if listed and kind == "text" else kind)
        if not leads:
            self.drawings(paragraph)

    def kind_of(self, paragraph: Any) -> str:
        """ "title", "caption", "code" or "text", told by the names of the style and of those it builds upon."""
        name, seen = paragraph.get(qn("text:style-name"), ""), set()
        while name and name not in seen:
            seen.add(name)
            label = name.lower().replace("_20_", " ")
            if label in ("title", "subtitle"):
                return "title" if label == "title" else "text"
            if label.endswith("caption"):
                return "caption"
            if label == "preformatted text":
                return "code"
            name = self.styles.get(name, "")
        return "text"

    def text_in(self, paragraph: Any) -> str:
        return self.words_in(paragraph).replace(_SHAPE_HERE, "")

    def words_in(self, paragraph: Any) -> str:
        """The text of a paragraph after all changes are accepted, with a sign for every shape that is no formula.

        Its notes and comments are kept for later.
        """
        parts: list[str] = []
        stack: list[Any] = [paragraph]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                parts.append(_SPACES.sub(" ", item))
                continue
            if item.tail and item is not paragraph:
                stack.append(item.tail)
            if item.tag == _BLANK:
                parts.append(" " * min(number(item, "text:c"), MAX_BLANKS))
            elif item.tag in (_TAB, _BREAK):
                parts.append("\t" if item.tag == _TAB else "\n")
            elif item.tag == NOTE:
                self.notes.append(item)
            elif item.tag == COMMENT:
                self.comments.append(item)
            elif is_shape(item):
                parts.append(self.formula(item) or _SHAPE_HERE)
            elif isinstance(item.tag, str) and item.tag not in _WORDS_NOT_READ:
                before, after = ("(", ")") if item.tag == _RUBY else ("", "")
                stack += [after, *reversed(item), item.text or "", before]
        return "".join(parts)

    # Tables

    def table(self, table: Any) -> None:
        rows = list(rows_of(table))
        cells = [cell for row, _ in rows for cell in cells_of(row)]
        if len(cells) == 1:  # a frame around text
            self.blocks(cells[0])
            return
        self.flow.table(list(self.grid(rows)))
        for cell in cells:
            self.drawings(cell)
            for nested in inside(cell, TABLE):
                self.table(nested)

    def grid(self, rows: list[tuple[Any, bool]]) -> Iterator[list[Cell]]:
        for r, (row, in_header) in enumerate(rows):
            cells: list[Cell] = []
            for cell in cells_of(row):
                text = tidy("\n".join(map(self.text_in, inside(cell, P, H))))
                spans = number(cell, "table:number-rows-spanned"), number(cell, "table:number-columns-spanned")
                said = Cell(text, *spans, r == 0 or in_header)
                cells += [said] * repeats(cell, "table:number-columns-repeated")
            yield from [cells] * repeats(row, "table:number-rows-repeated")

    # Shapes

    def drawings(self, parent: Any) -> None:
        """Pictures, charts and text boxes that hang on a paragraph, a cell or a note."""
        for shape in shapes_in(parent):
            self.drawing(shape)

    def drawing(self, shape: Any) -> None:
        if shape.tag == _FRAME and shape.find("draw:text-box", NS) is None:
            self.frame(shape)
            return
        if alt := _alt(shape):
            self.flow.figure(None, alt=alt)
        if shape.tag in _GROUPS:
            for child in shape.iterchildren(f"{{{NS['draw']}}}*"):
                self.drawing(child)
        else:
            self.blocks(shape)

    def frame(self, frame: Any) -> None:
        """A picture, or an object with the picture that stands for it; a formula is in the text already."""
        if self.formula(frame):
            return
        alt, title, words = _alt(frame), "", ""
        chart = self.object_in(frame)
        if chart is not None and chart.find(".//chart:chart", NS) is not None:
            title, words = chart_words(chart)
        width, height = size_of(frame)
        for image in frame.iterchildren(qn("draw:image")):
            target = image.get(qn("xlink:href"), "").strip()
            data = self.entry(_place(target)) if target else _inline(image)
            if data is not None and not data.startswith(_STARVIEW):
                name = target or "a picture"
                self.flow.figure(data, alt=alt, caption=title, words=words, width=width, height=height, name=name)
                return
            if data is None and (is_remote(target) or target.startswith(("../", "/"))):
                # The document is a folder for the links in it.
                self.flow.linked_figure(target.removeprefix("../"), alt=alt, width=width, height=height)
                return
            if data is None:
                self.flow.lost(ValueError("a picture is not in the file"))
        if alt or title or words:
            self.flow.figure(None, alt=alt, caption=title, words=words)

    def formula(self, shape: Any) -> str:
        root = self.object_in(shape) if shape.tag == _FRAME else None
        return formula_text(root) if root is not None and root.tag == _MATH else ""

    def object_in(self, frame: Any) -> Any:
        """The root of an object's XML, which is a file in the archive or stands in the frame."""
        element = frame.find("draw:object", NS)
        if element is None:
            return None
        if len(element):
            return element[0]
        name = f"{_place(element.get(qn('xlink:href'), ''))}/content.xml"
        if name not in self.objects:
            data = self.entry(name)
            self.objects[name] = parse_xml(data) if data is not None else None
        return self.objects[name]

    def entry(self, name: str) -> bytes | None:
        if name not in self.names:
            return None
        try:
            return read_archive_entry(self.archive, name)
        except ExtractionError as error:
            self.flow.lost(error)
            return None

    # Notes, headers and footers

    def write_notes(self) -> None:
        """Footnotes, endnotes and comments, after the text; one may hold another."""
        for found in (self.notes, self.comments):
            for note in found:
                author = note.findtext("dc:creator", "", NS).strip()
                text = "\n".join(map(self.text_in, inside(note, P, H)))
                self.flow.text(f"{author}: {text}" if author and text.strip() else text, "note")
                self.drawings(note)
                for table in inside(note, TABLE):
                    self.table(table)

    def furniture(self, styles: Any, kind: str) -> None:
        """Headers or footers, each text once."""
        seen: set[str] = set()
        tags = [qn(f"style:{kind}{which}") for which in ("", "-left", "-first")]
        for element in styles.iter(*tags) if styles is not None else ():
            text = "\n".join(filter(None, map(self.text_in, element.iter(P, H))))
            if text.strip() and text not in seen and element.get(qn("style:display")) != "false":
                seen.add(text)
                self.flow.text(text, kind)


def _styles(styles: Any, content: Any) -> dict[str, str]:
    """Style of paragraphs -> the style that it builds upon."""
    common = styles.find("office:styles", NS) if styles is not None else None
    own = content.find("office:automatic-styles", NS)
    return {
        style.get(qn("style:name"), ""): style.get(qn("style:parent-style-name"), "")
        for group in (common, own)
        if group is not None
        for style in group.iterchildren(qn("style:style"))
        if style.get(qn("style:family")) == "paragraph"
    }


def _alt(shape: Any) -> str:
    texts = (shape.findtext(f"svg:{name}", "", NS).strip() for name in ("title", "desc"))
    return " ".join(dict.fromkeys(filter(None, texts)))


def _place(target: str) -> str:
    """The entry of the archive that a link names."""
    return posixpath.normpath(target) if target else ""


def _inline(image: Any) -> bytes | None:
    try:
        return base64.b64decode(image.findtext("office:binary-data", "", NS)) or None
    except (binascii.Error, ValueError):
        return None
