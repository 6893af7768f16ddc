"""Plain text: paragraphs, and CSV and TSV as one table."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from typing import Literal

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.grid import Cell
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import CODE, CSV, JSON, PLAIN, TSV, XML
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.text.delimited import separator
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_BLOCK = 20_000  # characters of one block; a longer line is cut between words
_PARAGRAPH_END = re.compile(r"\n[ \t\x0b\x0c]*\n\s*|\x0c")
_NO_TEXT = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)  # of XML
_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)""")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # what Excel wants to be told
_TAG = re.compile(r"""<[/?!]?([\w:.-]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')""")
_ABOUT_XML = ("xmlns", "xml:", "xsi:")
_CODE_PART = re.compile(r"\n(?:[ \t]*\n)+(?=\S)")  # blank lines, and what follows starts at the margin
_JSON_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[^u])")
_JSON_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}
_LIST_MARK = re.compile(r"^\s*(?:[-*•‣◦]|\d{1,3}[.)])\s+\S")


def parse_plain_text(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """A text file, cut at blank lines. Raises ExtractionError("too_large", "no_content")."""
    flow = Flow(PLAIN, options, read_link)
    write_text(_read(data_path, options), flow)
    return flow.finish()


def parse_xml(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """Any XML: its text without the tags, and what stands in attributes as the tag writes it."""
    flow = Flow(XML, options, read_link)
    text = _read(data_path, options)
    pieces = re.split(r"<!\[CDATA\[(.*?)\]\]>", _NO_TEXT.sub(" ", text), flags=re.DOTALL)  # every other one is as it is
    pieces[::2] = [unescape(_TAG.sub(_attributes, piece)) for piece in pieces[::2]]
    write_text("".join(pieces), flow)
    return flow.finish()


def _attributes(tag: re.Match[str]) -> str:
    said = [f"{name}={value}" for name, value in _ATTRIBUTE.findall(tag[0]) if not name.startswith(_ABOUT_XML)]
    return "\n".join(("", " ".join((tag[1], *said)), "")) if said else "\n"


def parse_code(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """Source code and configuration: as it is, cut at blank lines before a line that is not indented."""
    flow = Flow(CODE, options, read_link)
    write_code(_read(data_path, options), flow)
    return flow.finish()


def parse_json(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """JSON and JSON Lines as they are laid out, with the characters that escapes stand for."""
    flow = Flow(JSON, options, read_link)
    text = _JSON_ESCAPE.sub(lambda escape: _meant(escape[0]), _read(data_path, options))
    write_code(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), flow)
    return flow.finish()


def _meant(escape: str) -> str:
    return chr(int(escape[2:], 16)) if escape[1] == "u" else _JSON_ESCAPES.get(escape[1], escape[1])


def write_code(text: str, flow: Flow) -> None:
    """Writes code into the flow, its indentation kept."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for part in _CODE_PART.split(text):
        for piece in _pieces(part):
            flow.text(piece, "code")


def write_text(text: str, flow: Flow) -> None:
    """Writes paragraphs into the flow; runs of list lines become list items."""
    for paragraph in _PARAGRAPH_END.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if len(lines) > 1 and all(_LIST_MARK.match(line) for line in lines):
            for line in lines:
                flow.text(line, "list_item")
            continue
        for piece in _pieces(paragraph):
            flow.text(piece)


def parse_delimited(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """CSV or TSV as one table, whose separator is told by how it cuts the rows."""
    csv.field_size_limit(2**31 - 1)
    text = _read(data_path, options).lstrip("\ufeff")
    said = _SEPARATOR_LINE.match(text)
    text = text[said.end() :] if said else text
    delimiter = said[1] if said else separator(text, "\t" if path.lower().endswith((".tsv", ".tab")) else ",")
    flow = Flow(TSV if delimiter == "\t" else CSV, options, read_link)
    rows = _rows(text, delimiter, csv.QUOTE_MINIMAL)
    if delimiter == "\t" and any("\t" in value and "\n" in value for row in rows for value in row):
        # A lone quotation mark at the start of a field, as in 1/2" pipe, that swallowed the rows up to the next.
        rows = _rows(text, delimiter, csv.QUOTE_NONE)
    flow.table([[Cell(" ".join(value.split()), header=r == 0) for value in row] for r, row in enumerate(rows)])
    return flow.finish()


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    return [row for row in reader if any(map(str.strip, row))]


def _read(data_path: Path, options: ExtractionOptions) -> str:
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    declared = _DECLARED.match(data.lstrip())
    return decode(data, declared[1].decode("ascii") if declared else None)


def _pieces(paragraph: str) -> list[str]:
    pieces = []
    while len(paragraph) > MAX_BLOCK:
        cut = max(paragraph.rfind("\n", 0, MAX_BLOCK), paragraph.rfind(" ", 0, MAX_BLOCK))
        cut = cut if cut > MAX_BLOCK // 2 else MAX_BLOCK
        pieces.append(paragraph[:cut])
        paragraph = paragraph[cut:]
    return [*pieces, paragraph]
