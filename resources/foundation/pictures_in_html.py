"""Pictures inside an HTML or Markdown page: the page opens anywhere and asks for nothing."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image

from codices.resources.foundation.image_formats import open_picture

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
"""ASCII punctuation: what CommonMark lets a backslash escape."""


def markdown_text(text: str) -> str:
    """`text` as itself in a line or cell of Markdown."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def picture_uri(picture: bytes | None, pixels: int) -> str:
    """A data URI with a copy of the picture, at most `pixels` wide and high; empty for a picture that is missing or
    cannot be read."""
    if picture is None:
        return ""
    try:
        with open_picture(picture) as opened:
            small = opened.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    small.thumbnail((pixels, pixels))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def picture_html(picture: bytes | None, width: int = 160) -> str:
    """An <img> with a copy of the picture inside it, at most `width` CSS pixels wide and high (twice as sharp); nothing
    for a picture that is missing or cannot be read."""
    uri = picture_uri(picture, 2 * width)
    return f'<img style="max-width:{width}px;max-height:{width}px" src="{uri}">' if uri else ""
