"""Vector pictures that are documents of their own: SVG, EMF and WMF files."""

from __future__ import annotations

from pathlib import Path

from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.vector_pictures import open_picture
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.settings.extraction_options import ExtractionOptions


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
