"""What open_clip does to a text before its tokenizer (`open_clip.tokenizer.get_clean_fn`), without importing torch."""

from __future__ import annotations

import html
import string
from collections.abc import Callable

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def whitespace(text: str) -> str:
    """Mojibake mended, HTML entities resolved, runs of white space one blank."""
    return " ".join(_mended(text).split())


def lower(text: str) -> str:
    """As `whitespace`, in lower case: CLIP's."""
    return whitespace(text).lower()


def canonicalize(text: str) -> str:
    """As `lower`, without punctuation: SigLIP's."""
    plain = _mended(text).replace("_", " ").translate(_NO_PUNCTUATION)
    return " ".join(plain.lower().split())


CLEANING: dict[str, Callable[[str], str]] = {"whitespace": whitespace, "lower": lower, "canonicalize": canonicalize}
"""By the names that open_clip's configurations have for them."""


def _mended(text: str) -> str:
    import ftfy

    return html.unescape(html.unescape(ftfy.fix_text(text))).strip()
