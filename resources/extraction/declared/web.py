"""Web pages."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import HTML
from codices.resources.extraction.declared.depends import MARKUP, READERS

FORMATS = (
    Format(
        HTML,
        "a web page",
        f"{READERS}.web:parse_html",
        suffixes=(".html", ".htm", ".xhtml"),
        named="text",
        libraries=MARKUP,
        preload=(f"{READERS}.web",),
    ),
)
