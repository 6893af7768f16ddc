"""Elements that the library unstructured cut out of documents elsewhere."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import ELEMENTS
from codices.resources.extraction.declared.depends import MARKUP

FORMATS = (
    # Told by its content among JSON files, whose suffixes are declared in `plain_text`.
    Format(
        ELEMENTS,
        "elements of unstructured",
        "codices.resources.extraction.with_unstructured.elements_file:parse_elements",
        libraries=MARKUP,
    ),
)
