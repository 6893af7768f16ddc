"""Pixels: decoded within limits, named by what they show, kept without loss, and told apart from decoration."""

from __future__ import annotations

import hashlib
import io
import warnings

from PIL import Image, UnidentifiedImageError

from codices.resources.extraction.common.model import Box, Picture
from codices.resources.foundation import image_formats
from codices.resources.foundation.failures import ExtractionError
from codices.resources.foundation.plain_pictures import plain

MAX_PIXELS = 100_000_000  # about an A2 page at 600 dpi; more is a bomb or of no use to any reader
MIN_SIDE = 36  # points (or pixels, where the size on the page is not known): below it a picture is an icon
MAX_ASPECT = 25  # longer than this, a picture is a rule or a border
MAX_STORED_SIDE = 4000  # pixels; larger pictures are scaled down before they are stored

_KEPT_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_PLAIN_MODES = ("L", "RGB", "RGBA")


def pixels_id(image: Image.Image) -> str:
    """The SHA-256 (hex) of mode, size and raw pixels: the same picture in two files or encodings has one id."""
    digest = hashlib.sha256(f"{image.mode} {image.width} {image.height}\n".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def open_image(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open image bytes lazily, of one of `image_formats.FORMATS`, after checking their size.

    Raises ExtractionError: "empty_file", "unsupported" (no such image), "too_large" (pixels), "corrupt".
    """
    if not data:
        raise ExtractionError("empty_file", "the image has no bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = image_formats.open_picture(data)
        except Image.DecompressionBombError as error:
            raise ExtractionError("too_large", f"image bomb: {error}") from error
        except UnidentifiedImageError as error:
            raise ExtractionError("unsupported", str(error)) from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise ExtractionError("corrupt", f"image cannot be opened: {error}") from error
    if image.width * image.height > max_pixels:
        raise ExtractionError(
            "too_large", f"image has {image.width} x {image.height} pixels; at most {max_pixels} are decoded"
        )
    return image


def decode(image: Image.Image) -> Image.Image:
    """All pixels of an opened image, as `plain`. Raises ExtractionError("corrupt" or "truncated")."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.load()
            return plain(image)
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError) as error:
            kind = "truncated" if "truncated" in str(error).lower() else "corrupt"
            raise ExtractionError(kind, f"image cannot be decoded: {error}") from error


def encode(image: Image.Image) -> bytes:
    """Lossless PNG bytes."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()


def picture_of(image: Image.Image, role: str, *, page: int | None = None, box: Box | None = None) -> Picture:
    """A picture from decoded pixels, kept as PNG; its longer side is at most MAX_STORED_SIDE pixels."""
    image = plain(image)
    if max(image.size) > MAX_STORED_SIDE:
        image = image.copy()
        image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)
    return Picture(pixels_id(image), role, encode(image), image.width, image.height, page, box)


def make_picture(
    data: bytes,
    role: str = "figure",
    *,
    page: int | None = None,
    box: Box | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Picture:
    """A picture from the bytes of an image file: decoded to the last pixel, so that what is stored can be read.

    PNG, JPEG and WebP of one upright frame keep their own bytes (a JPEG re-encoded without loss would be many
    times larger); everything else becomes PNG. Of several frames the first is taken.
    Raises ExtractionError: "empty_file", "unsupported", "too_large", "corrupt", "truncated".
    """
    image = open_image(data, max_pixels)
    decoded = decode(image)
    keeps_bytes = (
        image.format in _KEPT_FORMATS
        and getattr(image, "n_frames", 1) == 1
        and image.getexif().get(0x0112, 1) == 1
        and max(image.size) <= MAX_STORED_SIDE
        and image.mode in ("1", "L", "P", *_PLAIN_MODES)
    )
    if keeps_bytes:
        return Picture(pixels_id(decoded), role, data, decoded.width, decoded.height, page, box)
    return picture_of(decoded, role, page=page, box=box)


def media_type_of_picture(data: bytes) -> str:
    """The media type of a picture's stored bytes: image/png, image/jpeg or image/webp."""
    if data[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    return "image/webp" if data[8:12] == b"WEBP" else "image/png"


def decoration(image: Image.Image | None = None, width: float | None = None, height: float | None = None) -> str | None:
    """Why a picture is decoration and not a figure ("icon", "rule", "blank"), or None for a figure.

    `width` and `height` are its size on the page in points; where they are not known its pixels are taken.
    """
    if image is not None:
        width = image.width if width is None else width
        height = image.height if height is None else height
    if width is None or height is None or width <= 0 or height <= 0:
        return "icon"
    if max(width, height) / min(width, height) > MAX_ASPECT:
        return "rule"
    if min(width, height) < MIN_SIDE:
        return "icon"
    if image is not None and is_blank(image):
        return "blank"
    return None


def is_blank(image: Image.Image) -> bool:
    """Whether all pixels have nearly one colour (or are all transparent)."""
    small = image.reduce(max(1, min(image.size) // 200))
    if small.mode == "RGBA":
        if small.getchannel("A").getextrema() == (0, 0):
            return True
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    low, high = small.convert("L").getextrema()
    return float(high) - float(low) < 8  # pyright: ignore[reportArgumentType]
