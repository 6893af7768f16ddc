"""EPUB books."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import EPUB
from codices.resources.extraction.declared.depends import MARKUP, READERS

FORMATS = (
    Format(
        EPUB,
        "an EPUB book",
        f"{READERS}.epub:parse_epub",
        suffixes=(".epub",),
        libraries=MARKUP,
        preload=(f"{READERS}.epub",),
    ),
)
