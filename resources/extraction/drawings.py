"""Vector pictures that are documents of their own: SVG, EMF and WMF files."""

from __future__ import annotations

from pathlib import Path

from resources.extraction.flow import Flow, ReadLink
from resources.extraction.limits import check_size, reading_error
from resources.extraction.media_types import media_type_of
from resources.extraction.model import Extraction
from resources.extraction.options import ExtractionOptions
from resources.extraction.vector_pictures import open_picture


def parse_drawing(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One figure: the rendered drawing and the words in it.

    Raises ExtractionError: "corrupt", "too_large", "needs_libreoffice", "conversion_failed".
    """
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    flow = Flow(media_type_of(data_path, path), options, read_link)
    picture, words = open_picture(data, options)
    flow.whole_picture(picture, words)
    return flow.finish()
