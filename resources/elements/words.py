"""Which words an element is found by: in full text (`text`) and by its vector (`embedding_text`).

A figure is best described by the words around and inside it, so it is given its caption, its headings, the text before
and after it, what OCR reads in it and what its file is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\W_]+")
_MEANINGLESS = re.compile(
    r"(?:img|image|figure|fig|screenshot|screen|shot|untitled|unnamed|pic|picture|photo)?\d*", re.I
)
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{6,}", re.I)
_DASH_IN_WORD = re.compile(r"(?<=\w)(?:[\u2010-\u2015\u2212]-?|-[\u2010-\u2015\u2212])(?=\w)")


def file_name_words(path: str) -> list[str]:
    """The words in a file's name: `loadBalancer-config_2.png` gives load, Balancer, config, 2. None for a name
    that says nothing, such as `image12.png` or a hash."""
    stem = PurePosixPath(path.rpartition("!/")[2]).stem
    words = [word for part in _SEPARATORS.split(stem) for word in _CAMEL.split(part) if word]
    if _HEX.fullmatch(stem) or _MEANINGLESS.fullmatch("".join(words)):
        return []
    return [word for word in words if not (_HEX.fullmatch(word) and len(word) >= 8)]


def mend_ocr(text: str) -> str:
    """Dashes inside a word that OCR took for long ones (`demo\u20146f75`) become hyphens again."""
    return _DASH_IN_WORD.sub("-", text)


def distinct(parts: Iterable[str]) -> list[str]:
    """Parts in order, blank ones and those whose words are wholly inside another part left out."""
    kept: list[str] = []
    for part in (" ".join(part.split()) for part in parts):
        if part and not any(part.casefold() in other.casefold() for other in kept):
            kept.append(part)
    return kept


def headings(title: str, heading_path: Sequence[str]) -> list[str]:
    """Document title and headings from the outermost on, each once."""
    return distinct_exact([title, *heading_path])


def distinct_exact(parts: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for part in (" ".join(part.split()) for part in parts):
        if part:
            seen.setdefault(part.casefold(), part)
    return list(seen.values())
