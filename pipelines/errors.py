"""The errors that a user can mend: shown as one line, not as a stack trace."""

from __future__ import annotations

from typing import Any

from codices.pipelines.ui import UiFailed
from codices.resources.corpus.corpus import ListingError
from codices.resources.encoders.common.interface import EncoderError
from codices.resources.extraction.registry.registered import FormatError
from codices.resources.foundation.failures import ExtractionError
from codices.resources.home.home import HomeError
from codices.resources.index.errors import IndexStoreError
from codices.resources.ocr.reading import MissingLanguageError
from codices.resources.search.query.errors import SearchError
from codices.resources.stages.listing import MassDeletionError
from codices.resources.store.losses import StageStoreError


class RunFailed(Exception):
    """The run stopped; what was finished stays. The message has the step and its error."""


EXPECTED = (
    RunFailed,
    UiFailed,
    ListingError,
    MassDeletionError,
    MissingLanguageError,
    EncoderError,
    ExtractionError,
    FormatError,
    HomeError,
    IndexStoreError,
    SearchError,
    StageStoreError,
    OSError,
)


def expected_names() -> set[str]:
    """Names of EXPECTED and of what is derived from them: all that Dagster keeps of an error's class."""
    found, waiting = set[str](), list[type](EXPECTED)
    while waiting:
        kind = waiting.pop()
        found.add(kind.__name__)
        waiting += kind.__subclasses__()
    return found


def error_chain(error: Any) -> list[Any]:
    """An error of a step, as Dagster keeps it, and its causes, down to where it began."""
    return [error] if error.cause is None else [error, *error_chain(error.cause)]


def reason(chain: list[Any]) -> str:
    """The first error that says what to do, else the one with which it began."""
    expected = expected_names()
    for error in chain:
        if error.cls_name in expected:
            return error.message.partition(": ")[2].strip()
    return chain[-1].message.strip()
