"""What unstructured asks of spaCy, without a model.

Its readers tell prose from titles by sentences and verbs, for which unstructured downloads a model of English at first
use. Rules take its place: nothing is downloaded, texts are the same, labels differ in a few per cent of elements, and
it is three to six times as fast (measured with the model beside it).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_VERBS = {
    "is", "are", "was", "were", "be", "been", "being", "am", "has", "have", "had", "do", "does", "did", "can", "could",
    "may", "might", "must", "shall", "should", "will", "would",
}  # fmt: skip
_LIKE_A_VERB = re.compile(r".{3,}(?:ed|ing|ize|izes|ise|ises|ify|ifies|ates?)")


def use_rules() -> None:
    """Import unstructured's tokenizer, which imports spaCy, and have it use the rules, in this process."""
    with _hidden("torch", "tensorflow", "mxnet", "cupy"):
        from unstructured.nlp import tokenize

    tokenize._get_nlp = _pipeline  # pyright: ignore[reportAttributeAccessIssue]


@contextmanager
def _hidden(*modules: str) -> Iterator[None]:
    """Have these modules fail to be imported. spaCy imports each that is there, for models that are not used here; with
    torch it takes 3.2 GiB of address space and 8 s of CPU, and 0.2 GiB and 2.4 s without."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # pyright: ignore[reportArgumentType, reportCallIssue]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@cache
def _pipeline() -> Language:
    import spacy
    from spacy.language import Language

    Language.component("codices_rules", func=_tagged)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("codices_rules")
    return pipeline


def _tagged(document: Doc) -> Doc:
    for token in document:
        word = token.lower_
        token.tag_ = "VB" if word in _VERBS or _LIKE_A_VERB.fullmatch(word) else "NN"
    return document
