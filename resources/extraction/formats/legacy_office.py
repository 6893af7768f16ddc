"""Office formats that LibreOffice turns into the ones that are read here: DOC, PPT, XLS, XLSB, ODS, ODP.

Without it, or where it fails, spreadsheets still give their values.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.libreoffice import convert
from codices.resources.extraction.common.limits import check_archive, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.docx import parse_docx
from codices.resources.extraction.formats.pptx import parse_pptx
from codices.resources.extraction.formats.spreadsheets import parse_values, parse_xlsx
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

Parser = Callable[[Path, str, ExtractionOptions, ReadLink], Extraction]

_WAYS: dict[str, tuple[str, str, Parser]] = {
    types.DOC: ("doc", "docx", parse_docx),
    types.PPT: ("ppt", "pptx", parse_pptx),
    types.XLS: ("xls", "xlsx", parse_xlsx),
    types.XLSB: ("xlsb", "xlsx", parse_xlsx),
    types.ODS: ("ods", "xlsx", parse_xlsx),
    types.ODP: ("odp", "pptx", parse_pptx),
}
_SPREADSHEETS = {types.XLS, types.XLSB, types.ODS}
_ARCHIVES = {types.XLSB, types.ODS, types.ODP}


def parse_legacy(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One file of an old or foreign Office format.

    Raises ExtractionError: "encrypted", "needs_libreoffice", "conversion_failed", "timeout" and what the parser of
    the new format raises.
    """
    media_type = media_type_of(data_path, path)
    suffix, target, parser = _WAYS[media_type]
    if media_type in _ARCHIVES:
        check_archive(data_path, options)
    elif is_encrypted(data_path):
        raise ExtractionError("encrypted", "the file is protected with a password")
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    try:
        converted = convert(data, suffix, target)
    except ExtractionError as error:
        if media_type not in _SPREADSHEETS or error.kind not in ("needs_libreoffice", "conversion_failed"):
            raise
        return _values_alone(data_path, media_type, options, read_link, error)
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        file = Path(folder, f"converted.{target}")
        file.write_bytes(converted)
        extraction = parser(file, path, options, read_link)
    extraction.media_type = media_type
    return extraction


def _values_alone(
    data_path: Path, media_type: str, options: ExtractionOptions, read_link: ReadLink, reason: ExtractionError
) -> Extraction:
    try:
        return parse_values(data_path, media_type, options, read_link, reason.message)
    except ExtractionError as error:
        if error.kind == "corrupt":
            raise reason from error
        raise


def is_encrypted(data_path: Path) -> bool:
    """Whether a DOC, PPT or XLS cannot be read without its password."""
    import msoffcrypto
    from msoffcrypto.exceptions import FileFormatError, ParseError

    try:
        with data_path.open("rb") as file:
            return bool(msoffcrypto.OfficeFile(file).is_encrypted())
    except (FileFormatError, ParseError, OSError, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return False  # damaged, or nothing that has a password: the conversion says more
