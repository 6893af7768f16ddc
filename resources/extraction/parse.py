"""The one door to extraction: one file in, everything cut out of it out. Runs inside an isolated worker."""

from __future__ import annotations

import importlib
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.limits import check_archive, check_file, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

# What the libraries raise when bytes are not what they should be.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, etree.XMLSyntaxError, UnicodeError)

Parser = Callable[[Path, str, ExtractionOptions, ReadLink], Extraction]

MARKUP_TYPES = (
    types.NOTEBOOK,
    types.ORG,
    types.LATEX,
    types.ASCIIDOC,
    types.MEDIAWIKI,
    types.MAN,
    types.DOCBOOK,
    types.JATS,
    types.FB2,
    types.OPML,
)

# Modules are imported when their first file comes: nobody pays for a format that the corpus does not have.
_PARSERS = {
    types.DOCX: "docx:parse_docx",
    types.PPTX: "pptx:parse_pptx",
    types.XLSX: "spreadsheets:parse_xlsx",
    types.DOC: "legacy_office:parse_legacy",
    types.PPT: "legacy_office:parse_legacy",
    types.XLS: "legacy_office:parse_legacy",
    types.XLSB: "legacy_office:parse_legacy",
    types.ODS: "legacy_office:parse_legacy",
    types.ODP: "legacy_office:parse_legacy",
    types.ODT: "odt:parse_odt",
    types.EPUB: "epub:parse_epub",
    types.RTF: "pandoc:parse_rtf",
    types.RST: "pandoc:parse_rst",
    **dict.fromkeys(MARKUP_TYPES, "pandoc:parse_markup"),
    types.DITA: "dita:parse_dita",
    types.EML: "mail:parse_eml",
    types.MSG: "mail:parse_msg",
    types.SVG: "drawings:parse_drawing",
    types.EMF: "drawings:parse_drawing",
    types.WMF: "drawings:parse_drawing",
    types.HTML: "web:parse_html",
    types.MARKDOWN: "markdown:parse_markdown",
    types.PLAIN: "plain_text:parse_plain_text",
    types.XML: "plain_text:parse_xml",
    types.JSON: "plain_text:parse_json",
    types.CODE: "plain_text:parse_code",
    types.CSV: "plain_text:parse_delimited",
    types.TSV: "plain_text:parse_delimited",
}


def parse(
    data_path: Path,
    path: str,
    options: ExtractionOptions,
    read_link: ReadLink,
    pages: range | None = None,
) -> Extraction:
    """Everything cut out of the file at `data_path`, which the corpus calls `path`.

    `read_link` gives the bytes of a linked picture inside the corpus, or None; the link is handed over as the document
    writes it. `pages` (counted from 1) asks for a part of a PDF or TIFF; other formats are parsed whole.
    Raises ExtractionError, whose kinds are in docs/failures.md. Never returns an extraction without any content.
    """
    check_file(data_path, options)
    media_type = types.media_type_of(data_path, path)
    try:
        return _parse(media_type, data_path, path, options, read_link, pages)
    except (ExtractionError, MemoryError):
        raise
    except OSError as error:
        raise reading_error(error) from error
    except RecursionError as error:
        raise ExtractionError("too_deep", "the file is nested too deep to be read") from error
    except DAMAGE as error:
        raise ExtractionError("corrupt", f"the file is damaged: {type(error).__name__}: {error}") from error


def _parse(
    media_type: str,
    data_path: Path,
    path: str,
    options: ExtractionOptions,
    read_link: ReadLink,
    pages: range | None,
) -> Extraction:
    if media_type == types.PDF:
        from codices.resources.extraction.formats.pdf import parse_pdf

        return parse_pdf(data_path, path, options, pages)
    if media_type in types.IMAGE_FILES:
        from codices.resources.extraction.formats.image_files import parse_image_file

        return parse_image_file(data_path, path, options, pages)
    if media_type == types.ENCRYPTED:
        raise ExtractionError("encrypted", "the file is protected with a password")
    if media_type == types.ZIP:
        check_archive(data_path, options)  # says what is wrong with an Office file that was cut off
    return _parser(media_type)(data_path, path, options, read_link)


def _parser(media_type: str) -> Parser:
    place = _PARSERS.get(media_type)
    if place is None:
        raise ExtractionError("unsupported", f"files of type {media_type} are not read")
    module, function = place.split(":")
    return getattr(importlib.import_module(f"codices.resources.extraction.formats.{module}"), function)
