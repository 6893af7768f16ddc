"""Which libraries decide what is found in a file, by its suffix: a new python-docx must not have the PDFs parsed again.

The suffix is what is known of a file before it is opened. One that no format names depends on all libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from codices.resources.extraction.common import libreoffice
from codices.resources.extraction.common.format import LIBREOFFICE
from codices.resources.extraction.registry.registered import by_suffix, formats


@cache
def versions(suffix: str | None = None) -> str:
    """The versions of what reads files with this suffix (lower case, with its dot), or of all libraries."""
    found = by_suffix().get(suffix) if suffix is not None else None
    return " ".join(f"{library}={_version(library)}" for library in (found.libraries if found else libraries()))


@cache
def libraries() -> list[str]:
    """All that some format depends on, sorted."""
    return sorted({library for each in formats().values() for library in each.libraries})


def of_engines(engines: Mapping[str, str]) -> list[str]:
    """The versions of what reads files in place of our own readers (setting extraction.engines)."""
    return sorted(f"{engine}={version(engine)}" for engine in {*engines.values()} - {"own"})


def _version(library: str) -> str:
    if library == LIBREOFFICE:
        return "missing" if libreoffice.program() is None else "installed"
    return version(library)
