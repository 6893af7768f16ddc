"""HTML: what a reader of the page would see, in order. Scripts never run, nothing is fetched."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink, tidy
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import HTML
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.units import PIXEL, POINTS, data_uri
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_TABLE_DEPTH = 8  # tables in tables; deeper ones are read as if they were not there

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = {"script", "style", "template", "head", "iframe", "noframes", "datalist", "audio", "map"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend", "li", "main",
    "menu", "nav", "ol", "p", "pre", "section", "select", "summary", "table", "tbody", "td", "textarea", "tfoot", "th",
    "thead", "tr", "ul", "caption", *_HEADINGS,
}  # fmt: skip
_TAG = re.compile(r"</?([a-z][\w:.-]*)[^<>]*>", re.IGNORECASE)
# What still means something where a page is nested too deep, and all other tags are taken out.
_KEPT_TAGS = {
    "html", "head", "title", "body", "script", "style", "template", "br", "hr", "img", "pre", *_HEADINGS,
}  # fmt: skip
_LAST_TAGS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_FIELDS_WITHOUT_TEXT = {"hidden", "password", "checkbox", "radio", "file", "image", "color", "range"}
_LIST_ITEMS = {"li", "dt", "dd"}
_STYLE_SIZE = re.compile(r"(?<![\w-])(width|height)\s*:\s*([\d.]+)(px|pt|in|cm|mm)\b", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_UNSEEN = str.maketrans("", "", "\x00\u00ad\u200b")  # where a word may be broken: no part of the word
_UNSEEN_REFERENCE = re.compile(r"&(?:shy|ZeroWidthSpace|#0*(?:173|8203)|#[xX]0*(?:[aA][dD]|200[bB]));")
_LATER_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy")
_LINE_NUMBERS = re.compile(r"[\d\s]*")
_CODE_CLASS = re.compile(r"\bcode\b|\bblob-code", re.IGNORECASE)
_EXPONENT = re.compile(r"[+\u2212-]?\d{1,6}")
_RAISED = str.maketrans("0123456789+-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_STAND_IN = re.compile(
    r"(?:^|[/_-])(?:spacer|blank|placeholder|pixel|transparent|loading|lazy|1x1)[^/]*$", re.IGNORECASE
)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def parse_html(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One HTML file. Raises ExtractionError("too_large", "no_content")."""
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    declared = _CHARSET.search(data[:4096])
    text = decode(data, declared[1].decode("ascii") if declared else None)
    flow = Flow(HTML, options, read_link)
    read_html(text, flow)
    return flow.finish()


def read_html(text: str, flow: Flow) -> None:
    """Writes an HTML text into the flow; its title counts where the flow has none."""
    root = parse_tree(text)
    if root is None:
        return
    _raise_exponents(root)
    if not flow.title:
        title = root.find(".//head/title")
        flow.title = tidy("".join(map(str, title.itertext()))) if title is not None else ""
    _Reader(flow).read(root)


def parse_tree(text: str) -> html.HtmlElement | None:
    """The tree of an HTML text, or None where there is not one element in it. Raises ExtractionError("too_deep")."""
    # The text is Unicode already; what it says about its encoding would only be in the way.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _UNSEEN_REFERENCE.sub("", text).translate(_UNSEEN))
    text = _LAST_TAGS.sub("", text)  # the parser would drop what follows them
    parser = _html_parser()
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
            # Nested deeper than libxml2 goes (2048), and what lies below is dropped without a word.
            parser = _html_parser()
            root = etree.fromstring(_TAG.sub(_flat, text).encode("utf-8", "replace"), parser)
            if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
                raise ExtractionError("too_deep", "the page has headings or code inside one another, thousands deep")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def _raise_exponents(root: html.HtmlElement) -> None:
    """10<sup>6</sup> is not 106: numbers set high become characters that stand high."""
    for raised in root.iter("sup"):
        if not len(raised) and raised.text and _EXPONENT.fullmatch(raised.text.strip()):
            raised.text = raised.text.strip().translate(_RAISED)


def _html_parser() -> html.HTMLParser:
    return html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)


def _flat(tag: re.Match[str]) -> str:
    """A tag that only wraps goes; where a block starts or ends, so does a line."""
    name = tag[1].lower()
    if name in _KEPT_TAGS:
        return tag[0]
    return "<br>" if name in _BLOCKS else ""


class _Reader:
    """Walks the tree with a stack of its own, since documents nest deeper than Python does."""

    def __init__(self, flow: Flow):
        self.flow = flow
        self.words: list[str] = []  # of the block being read
        self.kinds: list[str] = ["text"]
        self.numbers: dict[html.HtmlElement, str] = {}  # of list items to come
        self.number = ""  # of the item whose first text is to come
        self.figures: list[tuple[html.HtmlElement, str]] = []  # enclosing <figure> elements and their captions

    def read(self, root: html.HtmlElement) -> None:
        stack: list[tuple[html.HtmlElement, bool]] = [(root, True)]
        while stack:
            element, opening = stack.pop()
            if not opening:
                self.close(element)
                if element is not root and element.tail:
                    self.say(element.tail)
                continue
            if self.open(element):
                stack.append((element, False))
                stack.extend((child, True) for child in reversed(element))
            elif element is not root and element.tail:
                self.say(element.tail)
        self.flush()

    def open(self, element: html.HtmlElement) -> bool:
        """Starts an element; False when everything inside it is dealt with."""
        tag = element.tag
        if tag in ("iframe", "noframes"):
            self.page_inside(element)
        if not _is_shown(element) or "hidden" in element.attrib:
            return False
        if tag in _BLOCKS:
            self.flush()
        if tag in ("br", "option"):
            self.words.append("\n")
        elif tag == "input":
            self.say(_shown_value(element))
        elif tag in ("img", "image"):
            self.image(element)
            return False
        elif tag == "svg":
            self.drawing(element)
            return False
        elif tag in ("object", "embed", "video") and not self.embedded(element):
            return False
        elif tag == "table":
            if (code := code_in_table(element)) is not None:
                self.flow.text(code, "code")
                return False
            if not self.is_layout(element):
                self.table(element)
                return False
        elif tag in _HEADINGS:
            self.kinds.append("title")
        elif tag == "pre":
            self.flow.text(text_of(element, keep_lines=True), "code")
            self.pictures_in(element)
            return False
        elif tag == "figure":
            self.figures.append((element, self.caption_of(element)))
        elif tag == "figcaption":
            self.kinds.append("caption")
        elif tag in _LIST_ITEMS:
            self.kinds.append("list_item")
            self.number = self.numbers.pop(element, "")
        elif tag == "ol":
            self.numbers |= _numbered(element)
        elif tag == "nav":
            self.kinds.append("header")
        elif tag == "footer" and _is_page_part(element):
            self.kinds.append("footer")
        self.say(element.text or "")
        return True

    def page_inside(self, element: html.HtmlElement) -> None:
        """A page written into an attribute, or for browsers without frames, which the parser takes for plain text."""
        page = parse_tree(element.get("srcdoc") or (element.text if element.tag == "noframes" else "") or "")
        if page is not None:
            self.flush()
            _Reader(self.flow).read(page)

    def close(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag in _HEADINGS:
            text = "".join(self.words)
            self.words.clear()
            self.kinds.pop()
            if "header" in self.kinds or "footer" in self.kinds:
                self.flow.text(text, self.kind())
            else:
                self.flow.heading(text, _HEADINGS[tag])
        elif tag in _BLOCKS:
            self.flush()
            if tag in _LIST_ITEMS or tag in ("figcaption", "nav") or (tag == "footer" and _is_page_part(element)):
                self.kinds.pop()
            elif tag == "figure":
                self.figures.pop()

    def say(self, text: str) -> None:
        self.words.append(_BLANKS.sub(" ", text))

    def kind(self) -> str:
        for furniture in ("header", "footer"):
            if furniture in self.kinds:
                return furniture
        return self.kinds[-1] if self.kinds[-1] != "title" else "text"

    def flush(self) -> None:
        text = tidy("".join(self.words))
        self.words.clear()
        if not text:
            return
        if self.kinds[-1] == "title" and self.kind() == "text":
            # A block inside a heading: its text is the heading's.
            self.words.append(text + " ")
            return
        self.flow.text(self.number + text, self.kind())
        self.number = ""

    # Figures

    def image(self, element: html.HtmlElement) -> None:
        source = _source(element)
        if not source or self.kind() in ("header", "footer"):
            return
        self.break_off()
        width, height = _size(element)
        alt = element.get("alt") or element.get("aria-label") or ""
        caption = self.caption_here() or element.get("title") or ""
        if source.lower().startswith("data:"):
            self.flow.figure(data_uri(source), alt=alt, caption=caption, width=width, height=height, name="a data URI")
        else:
            self.flow.linked_figure(source, alt=alt, caption=caption, width=width, height=height)

    def drawing(self, element: html.HtmlElement) -> None:
        if self.kind() in ("header", "footer"):
            return
        width, height = _size(element)
        box = re.findall(r"[\d.]+", element.get("viewbox") or element.get("viewBox") or "")
        if width is None and len(box) == 4:
            width, height = float(box[2]) * PIXEL, float(box[3]) * PIXEL
        if width is None or height is None or min(width, height) < 36:
            return
        tail, element.tail = element.tail, None
        data = etree.tostring(element, encoding="unicode").replace("viewbox=", "viewBox=").encode()
        element.tail = tail
        self.break_off()
        self.flow.figure(
            data, alt=element.get("aria-label") or "", caption=self.caption_here(), name="an SVG in the page"
        )

    def embedded(self, element: html.HtmlElement) -> bool:
        source = element.get("poster") if element.tag == "video" else element.get("data") or element.get("src")
        kind = (element.get("type") or "").lower()
        names_picture = re.search(r"\.(?:svgz?|png|jpe?g|gif|webp)(?:[?#].*)?$", source or "", re.IGNORECASE)
        if not source or not (element.tag == "video" or kind.startswith("image/") or names_picture):
            return element.tag == "object"  # what stands in for it
        self.break_off()
        width, height = _size(element)
        alt = element.get("aria-label") or element.get("title") or tidy(text_of(element))
        if source.lower().startswith("data:"):
            self.flow.figure(data_uri(source), alt=alt, caption=self.caption_here(), width=width, height=height)
        else:
            self.flow.linked_figure(source, alt=alt, caption=self.caption_here(), width=width, height=height)
        return False

    def break_off(self) -> None:
        """Text before a picture comes before it, except inside a heading."""
        if "title" not in self.kinds:
            self.flush()

    def caption_here(self) -> str:
        return self.figures[-1][1] if self.figures else ""

    def caption_of(self, figure: html.HtmlElement) -> str:
        caption = figure.find(".//figcaption")
        return tidy(text_of(caption)) if caption is not None else ""

    # Tables

    def is_layout(self, table: html.HtmlElement) -> bool:
        """A table that only places things on the page: what is in it is read as if it were not there."""
        if table.get("role") in ("presentation", "none") or self.tables_around(table) >= MAX_TABLE_DEPTH:
            return True
        if table.find(".//h1") is not None:
            return True
        rows = own_rows(table)
        cells = [cell for row in rows for cell in row if cell.tag in ("td", "th")]
        if len(cells) <= 1 or table.find(".//h2") is not None:
            return True
        inner = [nested for cell in cells for nested in cell.iter("table")]
        if not inner or any(cell.tag == "th" for cell in cells):
            return False
        all_text = sum(len(str(text).strip()) for text in table.itertext())
        inner_text = sum(len(str(text).strip()) for nested in inner for text in nested.itertext())
        return inner_text > all_text / 2

    def tables_around(self, table: html.HtmlElement) -> int:
        return sum(1 for _ in itertools.islice(table.iterancestors("table"), MAX_TABLE_DEPTH))

    def table(self, table: html.HtmlElement) -> None:
        caption = table.find("caption")
        rows: list[list[Cell]] = []
        for row in own_rows(table):
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            rows.append(
                [
                    Cell(
                        tidy(text_of(cell, without="table")),
                        _span(cell, "rowspan", len(rows) + 65_534),
                        _span(cell, "colspan", 1000),
                        cell.tag == "th",
                    )
                    for cell in cells
                ]
            )
        label = tidy(text_of(caption)) if caption is not None else table.get("summary") or ""
        self.flow.table([row for row in rows if row], label or self.caption_here())
        nested = [inner for inner in table.iter("table") if _nearest(inner, "table") is table]
        for inner in nested:
            if self.open(inner):
                self.read_inside(inner)
        self.pictures_in(table)
        self.words.clear()

    def pictures_in(self, element: html.HtmlElement) -> None:
        """Those of a table or a piece of code, after it; not those of a table inside it."""
        for picture in element.iter("img", "svg"):
            if _nearest(picture, str(element.tag)) is element:
                if picture.tag == "img":
                    self.image(picture)
                else:
                    self.drawing(picture)

    def read_inside(self, element: html.HtmlElement) -> None:
        inner = _Reader(self.flow)
        for child in element:
            tail, child.tail = child.tail, None
            inner.read(child)
            child.tail = tail


def text_of(element: html.HtmlElement, *, without: str | None = None, keep_lines: bool = False) -> str:
    """The text inside an element: <br> and blocks end lines, other line breaks of the source are blanks."""
    parts: list[str] = []
    stack: list[html.HtmlElement | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item if keep_lines or item == "\n" else _BLANKS.sub(" ", item))
            continue
        tag = item.tag
        if not _is_shown(item) or (tag == without and item is not element):
            continue
        if tag == "br":
            parts.append("\n")
            continue
        if tag == "input":
            parts.append(_shown_value(item))
            continue
        after: list[html.HtmlElement | str] = []
        if (tag in _BLOCKS or tag == "option") and item is not element:
            parts.append("\n")
            after.append("\n")
        for child in reversed(item):
            if child.tail:
                after.append(child.tail)
            after.append(child)
        if item.text:
            after.append(item.text)
        stack.extend(after)
    return "".join(parts)


def _is_shown(element: html.HtmlElement) -> bool:
    tag = element.tag
    return isinstance(tag, str) and tag not in _SKIPPED and not (tag == "dialog" and "open" not in element.attrib)


def _shown_value(field: html.HtmlElement) -> str:
    """What stands in a field or on a button of a form."""
    kind = (field.get("type") or "text").lower()
    return f" {field.get('value') or ''} " if kind not in _FIELDS_WITHOUT_TEXT else ""


def code_in_table(table: html.HtmlElement) -> str | None:
    """Code that a page lays out beside its line numbers, without them; None where the table is none of that kind."""
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in own_rows(table)]
    if not rows or any(len(row) != 2 or not _LINE_NUMBERS.fullmatch(text_of(row[0])) for row in rows):
        return None
    cells = [row[1] for row in rows]
    if not all(cell.find(".//pre") is not None or _CODE_CLASS.search(cell.get("class") or "") for cell in cells):
        return None
    return "\n".join(text_of(cell, keep_lines=True).strip("\n") for cell in cells)


def own_rows(table: html.HtmlElement) -> Iterator[html.HtmlElement]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _source(element: html.HtmlElement) -> str:
    """Where a picture lies: pages that load theirs late hold a tiny stand-in in src."""
    source = (element.get("src") or element.get("href") or element.get("xlink:href") or "").strip()
    if source and not (source.startswith("data:") and len(source) < 400) and not _STAND_IN.search(source):
        return source
    later = next((element.get(name, "").strip() for name in _LATER_SOURCES if element.get(name, "").strip()), "")
    return later or _first_offered(element.get("data-srcset") or element.get("srcset") or "") or source


def _numbered(ordered: html.HtmlElement) -> dict[html.HtmlElement, str]:
    """The numbers of a list's items where it says where to start; those of others are known by their order."""
    items = [child for child in ordered if child.tag == "li"]
    if "start" not in ordered.attrib and not any("value" in item.attrib for item in items):
        return {}
    numbers, number = {}, _whole_number(ordered.get("start"), 1) - 1
    for item in items:
        number = _whole_number(item.get("value"), number + 1)
        numbers[item] = f"{number}. "
    return numbers


def _whole_number(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?\d{1,9}\s*", text) else otherwise


def _first_offered(sources: str) -> str:
    """The first of the addresses that a srcset offers."""
    offered = sources.split(",")[0].split()
    return offered[0] if offered else ""


def _size(element: html.HtmlElement) -> tuple[float | None, float | None]:
    """Width and height in points, where the page says both."""
    found: dict[str, float] = {}
    for name in ("width", "height"):
        match = re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$", element.get(name) or "")
        if match:
            found[name] = float(match[1]) * PIXEL
    for name, number, unit in _STYLE_SIZE.findall(element.get("style") or ""):
        if number.count(".") < 2 and number != ".":
            found[name.lower()] = float(number) * POINTS[unit.lower()]
    return (found["width"], found["height"]) if len(found) == 2 else (None, None)


def _span(cell: html.HtmlElement, name: str, limit: int) -> int:
    match = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    return max(1, min(int(match[1]), limit)) if match else 1


def _nearest(element: html.HtmlElement, tag: str) -> html.HtmlElement | None:
    parent = element.getparent()
    while parent is not None and parent.tag != tag:
        parent = parent.getparent()
    return parent


def _is_page_part(element: html.HtmlElement) -> bool:
    """Whether a footer belongs to the page, not to an article or quotation in it."""
    parent = element.getparent()
    while parent is not None:
        if parent.tag in ("article", "section", "blockquote", "main"):
            return False
        parent = parent.getparent()
    return True
