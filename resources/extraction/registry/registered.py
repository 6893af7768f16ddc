"""Every file format that is read: those declared here, and those that other packages declare by an entry point."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from codices.resources.extraction import declared
from codices.resources.extraction.common.format import Format
from codices.resources.foundation.faults import described

GROUP = "codices.formats"
"""The group of entry points; each leads to a `Format` or to several."""


class FormatError(Exception):
    """A format of another package that cannot be registered; the message names both."""


@cache
def formats() -> dict[str, Format]:
    """Media type -> format. One of another package goes before ours of the same media type.

    Raises FormatError where an entry point cannot be loaded, or where two packages want the same media type or suffix.
    """
    return {each.media_type: each for each in (*_own(), *_of_others())}


@cache
def by_suffix() -> dict[str, Format]:
    """Suffix (lower case, with its dot) -> the format of such files. One of another package goes before ours."""
    return {suffix: each for each in (*_own(), *_of_others()) for suffix in each.suffixes}


@cache
def named(what: Literal["text", "xml", "any"]) -> dict[str, str]:
    """Suffix -> media type, of what has its type by its name: texts, XML, or files of unknown content."""
    return {suffix: each.media_type for suffix, each in by_suffix().items() if each.named == what}


@cache
def signatures() -> tuple[tuple[bytes, str], ...]:
    """(first bytes, media type) of what is known by them, the longest first."""
    found = [(start, each.media_type) for each in formats().values() for start in each.signatures]
    return tuple(sorted(found, key=lambda one: -len(one[0])))


def preload() -> tuple[str, ...]:
    """The modules that worker processes import once, for all formats."""
    return tuple(dict.fromkeys(module for each in formats().values() for module in each.preload))


def _own() -> Iterator[Format]:
    for found in pkgutil.iter_modules(declared.__path__):
        yield from getattr(import_module(f"{declared.__name__}.{found.name}"), "FORMATS", ())


@cache
def _of_others() -> tuple[Format, ...]:
    """With the package's own version among what the format depends on."""
    owners: dict[str, str] = {}
    found: list[Format] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        package = point.dist.name if point.dist is not None else point.module
        for each in _loaded(point, package):
            for claim in (each.media_type, *each.suffixes):
                if owners.setdefault(claim, point.value) != point.value:
                    raise FormatError(f"{claim} is registered by {owners[claim]} and by {point.value} of {package}")
            own = (package,) if point.dist is not None else ()
            found.append(replace(each, libraries=(*each.libraries, *own)))
    return tuple(found)


def _loaded(point: EntryPoint, package: str) -> tuple[Format, ...]:
    try:
        value = point.load()
        found = (value,) if isinstance(value, Format) else tuple(value)
    except Exception as error:
        raise FormatError(f"the format {point.name!r} of {package} cannot be loaded: {described(error)}") from error
    if not all(isinstance(each, Format) for each in found):
        raise FormatError(f"the format {point.name!r} of {package} cannot be loaded: {point.value} is no Format")
    return found
