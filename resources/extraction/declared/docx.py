"""Word documents."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import DOCX
from codices.resources.extraction.declared.depends import READERS

FORMATS = (
    Format(
        DOCX,
        "a Word document",
        f"{READERS}.docx:parse_docx",
        suffixes=(".docx", ".docm"),
        libraries=("python-docx", "resvg-py"),
        preload=(f"{READERS}.docx", "docx"),
    ),
)
