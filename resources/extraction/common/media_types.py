"""The names of the types that files have; what type a file has is told in `codices.resources.extraction.registry`."""

from __future__ import annotations

import re

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
XLS = "application/vnd.ms-excel"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
RTF = "application/rtf"
RST = "text/x-rst"
HTML = "text/html"
MARKDOWN = "text/markdown"
PLAIN = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
XML = "text/xml"
JSON = "application/json"
CODE = "text/x-source"
ELEMENTS = "application/x-unstructured-elements+json"
NOTEBOOK = "application/x-ipynb+json"
ORG = "text/org"
LATEX = "text/x-latex"
ASCIIDOC = "text/asciidoc"
MEDIAWIKI = "text/x-mediawiki"
MAN = "text/troff"
DOCBOOK = "application/docbook+xml"
JATS = "application/jats+xml"
FB2 = "application/x-fictionbook+xml"
OPML = "text/x-opml"
DITA = "application/dita+xml"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
SVG = "image/svg+xml"
EMF = "image/emf"
WMF = "image/wmf"
POSTSCRIPT = "application/postscript"  # a program: nothing here runs it
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
OLE = "application/x-ole-storage"
ENCRYPTED = "application/encrypted"  # an Office file that is nothing but a locked box
UNKNOWN = "application/octet-stream"

_NO_ELEMENTS = re.compile(r"(?:<!--.*?-->|<\?.*?\?>|\s+)*", re.DOTALL)  # what may stand before the first tag
_SVG = re.compile(r"<(?:!DOCTYPE\s+(?:\w+:)?svg|(?:\w+:)?svg[\s>])")


def first_tag(text: str) -> int:
    """Where the first element or document type of a text in angle brackets starts."""
    found = _NO_ELEMENTS.match(text)
    return found.end() if found else 0


def starts_as_svg(text: str) -> bool:
    text = text.lstrip("\ufeff")
    return _SVG.match(text, first_tag(text)) is not None
