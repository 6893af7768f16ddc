"""DITA topics."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import DITA
from codices.resources.extraction.declared.depends import MARKUP, READERS

FORMATS = (
    Format(DITA, "a DITA topic", f"{READERS}.dita:parse_dita", suffixes=(".dita",), named="xml", libraries=MARKUP),
)
