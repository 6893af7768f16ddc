"""PDF documents: opened, and parsed page by page into blocks, tables, figures and pictures for OCR.

Text comes from the text layer through pdfium, pictures from pdfium's renderer. pdfium is built without JavaScript and
its form fill is only asked for values: nothing that a document asks for is ever run or fetched.
"""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.pdf.finish import finish_pages
from codices.resources.extraction.pdf.page import parse_page
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.settings.extraction_options import ExtractionOptions

__all__ = ["finish_pages", "page_count", "parse_pdf"]

MEDIA_TYPE = "application/pdf"
_TAIL = 2048


def open_pdf(data_path: Path) -> pdfium.PdfDocument:
    """Open a PDF file.

    Raises ExtractionError: "empty_file", "encrypted" (needs a password, or an unknown security handler),
    "truncated" (its end is missing), "corrupt" (anything else that pdfium cannot read, or no page at all).
    """
    size = data_path.stat().st_size
    if size == 0:
        raise ExtractionError("empty_file", "the file has no bytes")
    try:
        document = pdfium.PdfDocument(data_path)
    except pdfium.PdfiumError as error:
        raise _open_error(data_path, size, error) from error
    try:
        document.init_forms()  # for the values of fields; without it pdfium does not look at what they inherit
        pages = len(document)
    except pdfium.PdfiumError as error:
        raise ExtractionError("corrupt", f"the page tree cannot be read: {error}") from error
    if pages == 0:
        document.close()
        raise ExtractionError("corrupt", "the PDF has no pages")
    return document


def _open_error(data_path: Path, size: int, error: pdfium.PdfiumError) -> ExtractionError:
    code = getattr(error, "err_code", None)
    if code == pdfium_c.FPDF_ERR_PASSWORD:
        return ExtractionError("encrypted", "the PDF asks for a password; store a copy without one")
    if code == pdfium_c.FPDF_ERR_SECURITY:
        return ExtractionError("encrypted", "the PDF uses a security handler that is not supported")
    with data_path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if b"%%EOF" not in tail:
        return ExtractionError("truncated", f"the PDF ends before its end-of-file mark: {error}")
    return ExtractionError("corrupt", f"the PDF cannot be opened: {error}")


def page_count(data_path: Path, options: ExtractionOptions) -> int:
    """How many pages the document has, whatever the options; opens it and reads none. Raises as `open_pdf`."""
    document = open_pdf(data_path)
    try:
        return len(document)
    finally:
        document.close()


def parse_pdf(data_path: Path, path: str, options: ExtractionOptions, pages: range | None = None) -> Extraction:
    """Parse a PDF, or the pages of `pages` (a range of page numbers, from 1).

    A page that needs OCR has `route="ocr"` and a picture of role "page"; `apply_readings` of
    the room `ocr` makes its blocks. With `pages` given the caller merges the ranges and calls `finish_pages` on the
    whole; without, that is done here. A page that cannot be read is a warning.
    Raises ExtractionError as `open_pdf`, and "corrupt" where no page could be read.
    """
    document = open_pdf(data_path)
    try:
        extraction = Extraction(MEDIA_TYPE, title=_title(document))
        count = len(document)
        numbers = range(1, count + 1) if pages is None else pages
        for number in numbers:
            if not 1 <= number <= count:
                continue
            try:
                parse_page(document, number, extraction)
            except (pdfium.PdfiumError, ExtractionError) as error:
                kind = error.kind if isinstance(error, ExtractionError) else "corrupt"
                extraction.warnings.append(Failure("extraction", kind, f"page {number}: {error}"))
    finally:
        document.close()
    if not extraction.pages:
        reasons = "; ".join(warning.message for warning in extraction.warnings[:3])
        raise ExtractionError("corrupt", f"no page of {path} could be read: {reasons}")
    return extraction if pages is not None else finish_pages(extraction)


def _title(document: pdfium.PdfDocument) -> str:
    try:
        title = document.get_metadata_value("Title") or ""
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return ""
    title = " ".join(title.replace("\x00", "").split())
    return "" if title.lower() in ("untitled", "(anonymous)", "anonymous") else title
