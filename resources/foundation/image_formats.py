"""The one place where the bytes of a picture are opened: by a fixed list of decoders, none of which starts a program.

Left to itself, Pillow tries every decoder that it has, among them one that hands EPS to Ghostscript.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, UnidentifiedImageError

# By Pillow's names. JPEG opens MPO as well, ICO holds BMP or PNG; HEIF comes from pillow-heif.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "ICO", "JPEG2000", "PPM", "PCX", "AVIF", "HEIF")
_REFUSED = {
    b"%!PS": "PostScript (EPS)",
    b"\xc5\xd0\xd3\xc6": "PostScript (EPS)",  # with a preview for DOS before it
    b"%PDF": "PDF",
    b"8BPS": "Photoshop (PSD)",
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"\x01\x00\x00\x00": "EMF",
}
_HEAD = 1024  # bytes within which PostScript and PDF may begin


def open_picture(data: bytes) -> Image.Image:
    """The picture, opened and not decoded yet.

    Raises UnidentifiedImageError, which names the format where it is a known one that is not among FORMATS;
    Image.DecompressionBombError; OSError, ValueError, SyntaxError or EOFError for damaged bytes.
    """
    _register_heif()
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise UnidentifiedImageError(_why_not(data)) from None


def _why_not(data: bytes) -> str:
    head = data[:_HEAD].lstrip()
    for signature, name in _REFUSED.items():
        if head.startswith(signature):
            return f"{name}, which is not decoded as a picture"
    return "not an image that can be decoded"


@cache
def _register_heif() -> None:
    """Teaches Pillow HEIC; once a process."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
