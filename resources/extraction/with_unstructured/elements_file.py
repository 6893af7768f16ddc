"""A JSON file that unstructured's tools wrote, by `elements_to_json` or `elements_to_ndjson`: its elements are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import ELEMENTS
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.plain_text import parse_json
from codices.resources.extraction.with_unstructured.elements_in import extraction_of
from codices.resources.settings.extraction_options import ExtractionOptions


def parse_elements(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """Elements as JSON or JSON Lines; what only starts like them is read as other JSON is.

    Raises ExtractionError("too_large", "no_content").
    """
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    elements = _elements(decode(data))
    if elements is None:
        return parse_json(data_path, path, options, read_link)
    return extraction_of(elements, ELEMENTS, options, read_link)


def _elements(text: str) -> list[dict[str, Any]] | None:
    text = text.lstrip("\ufeff \t\r\n")
    try:
        found = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines() if line]
    except ValueError:
        return None
    return found if isinstance(found, list) and all(map(_is_element, found)) else None


def _is_element(found: object) -> bool:
    return isinstance(found, dict) and isinstance(found.get("type"), str) and ("text" in found or "checked" in found)
