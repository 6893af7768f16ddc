"""PDF."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import PDF
from codices.resources.extraction.declared.depends import MODELS, READERS

FORMATS = (
    Format(
        PDF,
        "a PDF",
        f"{READERS}.pdf:parse_pdf",
        suffixes=(".pdf",),
        libraries=("pypdfium2", *MODELS),
        preload=(f"{READERS}.pdf",),
        pages=f"{READERS}.pdf:page_count",
    ),
)
