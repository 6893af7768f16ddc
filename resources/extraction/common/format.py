"""What is said of a file format: how its files are known, what reads them, and on which libraries that depends.

A declaration is read by every process, also by those that parse nothing, so that it names its reader instead of
importing it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codices.resources.extraction.common.flow import ReadLink
from codices.resources.extraction.common.model import Extraction
from codices.resources.settings.extraction_options import ExtractionOptions

Reader = Callable[[Path, str, ExtractionOptions, ReadLink], Extraction]
"""(file, what the corpus calls it, options, bytes of a linked picture) -> what was cut out; raises ExtractionError."""

PagedReader = Callable[[Path, str, ExtractionOptions, range | None], Extraction]
"""As `Reader`, with the pages that are asked for (from 1; None for all) in place of the links."""

PageCounter = Callable[[Path, ExtractionOptions], int]

LIBREOFFICE = "libreoffice"
"""Stands among `Format.libraries` for the program: what counts is whether it is there, not its version."""


@dataclass(frozen=True)
class Format:
    """One file format. Raises ValueError for a suffix or a reader that is not written as below."""

    media_type: str
    name: str  # with its article, for a person: "a Word document"
    reader: str  # "package.module:function", a `Reader`; a `PagedReader` where `pages` is given
    suffixes: tuple[str, ...] = ()  # of its files, lower case, with the dot; no two formats share one
    # Which files have this type because they have one of the suffixes: texts, XML files, or files of any content that
    # is not known. None where the content tells.
    named: Literal["text", "xml", "any"] | None = None
    signatures: tuple[bytes, ...] = ()  # first bytes by which a file is known, whatever its name
    libraries: tuple[str, ...] = ()  # distributions that decide what is found: another version reads such files again
    preload: tuple[str, ...] = ()  # modules that worker processes import once
    pages: str = ""  # "package.module:function", a `PageCounter`: a long file is then read in ranges of pages

    def __post_init__(self) -> None:
        for suffix in self.suffixes:
            if not suffix.startswith(".") or suffix != suffix.lower():
                raise ValueError(f"{self.media_type}: the suffix {suffix!r} is not in lower case with its dot")
        for place in filter(None, (self.reader, self.pages)):
            if place.count(":") != 1:
                raise ValueError(f"{self.media_type}: {place!r} is not written as package.module:function")
