"""Pictures inside an HTML page: the page opens anywhere and asks for nothing."""

from __future__ import annotations

import base64
import io

from PIL import Image


def picture_html(picture: bytes | None, width: int = 160) -> str:
    """An <img> with a copy of the picture inside it, at most `width` CSS pixels wide and high; nothing for a picture
    that is missing or cannot be read."""
    if picture is None:
        return ""
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            small = opened.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    small.thumbnail((2 * width, 2 * width))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return f'<img style="max-width:{width}px;max-height:{width}px" src="data:image/webp;base64,{encoded}">'
