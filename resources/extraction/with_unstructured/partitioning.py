"""A file read by unstructured's own reader of its type. Runs inside an isolated worker, as ours do."""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.limits import check_archive, check_size
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.with_unstructured.elements_in import extraction_of
from codices.resources.extraction.with_unstructured.sentence_model import use_rules
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

# Media type -> module and function in unstructured.partition.
_PARTITIONERS = {
    types.DOCX: "docx:partition_docx",
    types.PPTX: "pptx:partition_pptx",
    types.XLSX: "xlsx:partition_xlsx",
    types.ODT: "odt:partition_odt",
    types.EPUB: "epub:partition_epub",
    types.RTF: "rtf:partition_rtf",
    types.RST: "rst:partition_rst",
    types.ORG: "org:partition_org",
    types.MARKDOWN: "md:partition_md",
    types.HTML: "html:partition_html",
    types.XML: "xml:partition_xml",
    types.EML: "email:partition_email",
    types.MSG: "msg:partition_msg",
    types.CSV: "csv:partition_csv",
    types.TSV: "tsv:partition_tsv",
    types.PLAIN: "text:partition_text",
}
_ARCHIVES = (types.DOCX, types.PPTX, types.XLSX, types.ODT, types.EPUB)


def parse_with_unstructured(
    data_path: Path, path: str, media_type: str, options: ExtractionOptions, read_link: ReadLink
) -> Extraction:
    """Everything that unstructured finds in one file.

    Raises ExtractionError: "unsupported" where it has no reader for the type, or one that needs a package that is not
    installed; "too_large", "archive_bomb" and "encrypted" as our own readers; "corrupt" for whatever it raises;
    "no_content" where it returns no element with content.
    """
    if media_type not in _PARTITIONERS:
        raise ExtractionError("unsupported", f"unstructured has no reader for {media_type} that is used here")
    if media_type in _ARCHIVES:
        check_archive(data_path, options)
    else:
        check_size(data_path.stat().st_size, options.max_text_mib, "max_text_mib")
    return extraction_of(_elements(data_path, path, media_type), media_type, options, read_link)


def _elements(data_path: Path, path: str, media_type: str) -> list[dict[str, Any]]:
    try:
        use_rules()
        partition = resolve_name(f"unstructured.partition.{_PARTITIONERS[media_type]}")
        # Without a language: telling it costs time, and the rules above know none.
        found = partition(filename=str(data_path), metadata_filename=path, languages=[""])
        return [element.to_dict() for element in found]
    except ImportError as error:
        raise ExtractionError("unsupported", f"unstructured cannot read {media_type} here: {error}") from error
    except MemoryError:
        raise
    except Exception as error:
        raise ExtractionError("corrupt", f"unstructured: {type(error).__name__}: {error}") from error
