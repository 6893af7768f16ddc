"""OpenDocument texts."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import ODT
from codices.resources.extraction.declared.depends import READERS

FORMATS = (
    Format(
        ODT,
        "an OpenDocument text",
        f"{READERS}.odt:parse_odt",
        suffixes=(".odt", ".ott"),
        libraries=("resvg-py",),
        preload=(f"{READERS}.odt",),
    ),
)
