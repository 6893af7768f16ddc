"""The typefaces of the example corpus, from their PyPI wheels, so that every machine draws the same pixels."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import font_source_sans_pro
import fontpkg_ibm_plex_mono
from PIL import ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_SANS = Path(font_source_sans_pro.__file__).parent / "files"
_MONO = Path(fontpkg_ibm_plex_mono.__file__).parent / "files"

FILES = {
    "Sans": _SANS / "SourceSansPro-Regular.ttf",
    "Sans-Bold": _SANS / "SourceSansPro-Semibold.ttf",
    "Sans-Italic": _SANS / "SourceSansPro-It.ttf",
    "Mono": _MONO / "IBMPlexMono-Regular.ttf",
    "Mono-Bold": _MONO / "IBMPlexMono-SemiBold.ttf",
}


@cache
def register_pdf_fonts() -> None:
    """Makes the names of `FILES` usable in reportlab."""
    for name, path in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily("Sans", normal="Sans", bold="Sans-Bold", italic="Sans-Italic", boldItalic="Sans-Bold")


@cache
def pixel_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A Pillow font; `size` in pixels. Basic layout: the other engine is not on every machine."""
    return ImageFont.truetype(str(FILES[name]), size, layout_engine=ImageFont.Layout.BASIC)
