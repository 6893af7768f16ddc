"""One element in unstructured's JSON: a plain dict, for which the library need not be imported.

https://docs.unstructured.io/open-source/concepts/document-elements says what the types and the metadata are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any


def element_id(*parts: object) -> str:
    """32 hexadecimal digits of the SHA-256 of the parts, the length that unstructured's own have."""
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]


def element(kind: str, identity: str, text: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """One element; what is not known of it (None, or nothing) is left out of its metadata."""
    known = {key: value for key, value in metadata.items() if value not in (None, "", [])}
    return {"type": kind, "element_id": identity, "text": text, "metadata": known}


def place_of(path: str) -> dict[str, str | None]:
    """Name and folder of a file, of what the corpus calls it."""
    place = PurePosixPath(path)
    return {"filename": place.name, "file_directory": str(place.parent) if place.parent.name else None}


def coordinates(box: Sequence[float] | None, width: float = 0, height: float = 0) -> dict[str, Any] | None:
    """The corners of a box (x0, y0, x1, y1 in fractions of the page, from the top left), against the clock.

    `width` and `height` of the page are points. Where they are not known (0) a page counts as 1000 x 1000: unstructured
    rounds coordinates to two decimals.
    """
    if box is None:
        return None
    x0, y0, x1, y1 = box
    across, down = (width, height) if width > 0 and height > 0 else (1000, 1000)
    points = [[x * across, y * down] for x, y in ((x0, y0), (x0, y1), (x1, y1), (x1, y0))]
    return {"points": points, "system": "PixelSpace", "layout_width": across, "layout_height": down}
