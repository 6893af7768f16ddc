"""What goes wrong with a document, as an exception and as a record of it."""

from __future__ import annotations

from dataclasses import dataclass


class ExtractionError(Exception):
    """A document, or a part of it, that cannot be read. `kind` is one of the stable names in docs/failures.md."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Failure:
    """Why a document (or one part of it) gave nothing: the stage, a stable kind, and a sentence for a person."""

    stage: str  # "listing", "documents", "extraction", "ocr", "elements", "embeddings"
    kind: str  # e.g. "empty_file", "encrypted", "truncated", "timeout", "too_large", "unsupported"
    message: str
