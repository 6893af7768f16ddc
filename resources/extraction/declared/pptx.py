"""PowerPoint presentations."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import PPTX
from codices.resources.extraction.declared.depends import READERS

FORMATS = (
    Format(
        PPTX,
        "a PowerPoint presentation",
        f"{READERS}.pptx:parse_pptx",
        suffixes=(".pptx", ".pptm"),
        libraries=("python-pptx", "resvg-py"),
        preload=(f"{READERS}.pptx", "pptx"),
    ),
)
