"""Letters as searches compare them."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Without case and accents, as the full-text index folds."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
