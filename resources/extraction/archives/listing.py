"""An archive as a document: the names of what lies in it, by which it is found. Its members are documents, too."""

from __future__ import annotations

from itertools import islice
from pathlib import Path, PurePosixPath

from codices.resources.extraction.archives.members import Budget, is_archive, members_of
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_archive, check_size, reading_error
from codices.resources.extraction.common.media_types import ZIP
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.extraction.registry.unread import name_of
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_LISTED = 1000


def parse_archive(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """The first MAX_LISTED names. Raises ExtractionError: "unsupported" for a ZIP that is none by its name, or with
    `extraction.archives` off; "corrupt", "archive_bomb", "too_large", "no_content"."""
    media_type = media_type_of(data_path, path)
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    if not options.archives or not is_archive(data[:512], path):
        raise ExtractionError("unsupported", f"it is {name_of(media_type, path, data[:4096])}, which is not read")
    check_size(len(data), options.max_file_mib, "max_file_mib")
    if media_type == ZIP:
        _check_zip(data_path, options)
    name = PurePosixPath(path).name
    flow = Flow(media_type, options, read_link, title=name)
    members = members_of(data, name, Budget(len(data), options.max_unpacked_mib))
    for member in islice(members, MAX_LISTED):
        flow.text(member.name, "list_item")
    return flow.finish()


def _check_zip(data_path: Path, options: ExtractionOptions) -> None:
    try:
        check_archive(data_path, options)
    except ExtractionError as error:
        if error.kind != "encrypted":  # its members fail; their names can be read
            raise
