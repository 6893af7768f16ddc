"""The one door to extraction: one file in, everything cut out of it out. Runs inside an isolated worker."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from pkgutil import resolve_name

from lxml import etree

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.limits import check_archive, check_file, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.registry.registered import formats
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.extraction.registry.unread import name_of
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.faults import described
from codices.resources.settings.extraction_options import ExtractionOptions

# What the libraries raise when bytes are not what they should be.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, etree.XMLSyntaxError, UnicodeError)


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
    media_type = media_type_of(data_path, path)
    if options.engines.get(media_type) == "unstructured":
        return _told(lambda: _second_reader()(data_path, path, media_type, options, read_link))
    try:
        return _told(lambda: _parse(media_type, data_path, path, options, read_link, pages))
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, ExtractionError) and error.kind != "corrupt":
            raise
        found = _read_again(error, media_type, data_path, path, options, read_link)
        if found is None:
            raise
        return found


def _told(read: Callable[[], Extraction]) -> Extraction:
    """What `read` gives. Raises ExtractionError for what libraries raise when a file is damaged or out of reach."""
    try:
        return read()
    except (ExtractionError, MemoryError):
        raise
    except OSError as error:
        raise reading_error(error) from error
    except RecursionError as error:
        raise ExtractionError("too_deep", "the file is nested too deep to be read") from error
    except DAMAGE as error:
        raise ExtractionError("corrupt", f"the file is damaged: {type(error).__name__}: {error}") from error


def _read_again(
    error: Exception, media_type: str, data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink
) -> Extraction | None:
    """What unstructured's reader finds where ours failed, with a warning that says so; None where it fails, too."""
    try:
        found = _second_reader()(data_path, path, media_type, options, read_link)
    except ExtractionError:
        return None  # the document fails for the reason that our own reader gave
    reason = error.message if isinstance(error, ExtractionError) else described(error)
    said = f"read by unstructured {version('unstructured')}, because our own reader failed: {reason}"
    found.warnings.append(Failure("extraction", "second_reader", said))
    return found


def _second_reader() -> Callable[[Path, str, str, ExtractionOptions, ReadLink], Extraction]:
    """Imported for the first file that needs it: it takes seconds."""
    return resolve_name("codices.resources.extraction.with_unstructured.partitioning:parse_with_unstructured")


def _parse(
    media_type: str,
    data_path: Path,
    path: str,
    options: ExtractionOptions,
    read_link: ReadLink,
    pages: range | None,
) -> Extraction:
    if media_type == types.ENCRYPTED:
        raise ExtractionError("encrypted", "the file is protected with a password")
    if media_type == types.ZIP and not path.lower().endswith(".zip"):
        check_archive(data_path, options)  # says what is wrong with an Office file that was cut off
    found = formats().get(media_type)
    if found is None:
        with data_path.open("rb") as file:
            name = name_of(media_type, path, file.read(4096))
        raise ExtractionError("unsupported", f"it is {name}, which is not read")
    # Imported when its first file comes: nobody pays for a format that the corpus does not have.
    reader = resolve_name(found.reader)
    return reader(data_path, path, options, pages if found.pages else read_link)
