"""Scripts that put no spaces between words: what of a text is written in them.

A tokenizer that cuts at spaces and punctuation takes a whole Chinese sentence for one word. Tokenizers that know those
scripts cut other languages otherwise, which costs them some of their words. So text of these scripts stands once more
in a column and an index of its own, and a query looks there with what it has of them, and with the rest as before.
"""

from __future__ import annotations

import re

import pyarrow as pa

_RANGES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Korean, whose words take endings that no stemmer here knows
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Chinese characters
)
_OTHERS = re.compile(f"[^{_RANGES}]+")
_ONE = re.compile(f"[{_RANGES}]")


def unspaced(texts: pa.Array) -> pa.Array:
    """The runs of such scripts in each text, joined by spaces; null where there is none."""
    return pa.array([unspaced_words(text or "") or None for text in texts.to_pylist()], pa.string())


def unspaced_words(text: str) -> str:
    """The same of one text; empty where there is none."""
    return _OTHERS.sub(" ", text).strip()


def is_unspaced(letter: str) -> bool:
    """Whether a letter is of such a script."""
    return bool(_ONE.match(letter))
