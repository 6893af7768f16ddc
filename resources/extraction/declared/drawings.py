"""Vector pictures."""

from codices.resources.extraction.common.format import LIBREOFFICE, Format
from codices.resources.extraction.common.media_types import EMF, SVG, WMF
from codices.resources.extraction.declared.depends import READERS

_READER = f"{READERS}.drawings:parse_drawing"

FORMATS = (
    Format(SVG, "an SVG drawing", _READER, suffixes=(".svg", ".svgz"), libraries=("resvg-py",)),
    Format(EMF, "an Enhanced Metafile drawing", _READER, suffixes=(".emf",), libraries=(LIBREOFFICE,)),
    Format(
        WMF,
        "a Windows Metafile drawing",
        _READER,
        suffixes=(".wmf",),
        signatures=(b"\xd7\xcd\xc6\x9a",),
        libraries=(LIBREOFFICE,),
    ),
)
