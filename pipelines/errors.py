"""The errors that a user can mend: shown as one line, not as a stack trace."""

from __future__ import annotations

from pipelines.run import RunFailed
from resources.corpus import ListingError
from resources.encoders.interface import EncoderError
from resources.extraction.model import ExtractionError
from resources.home import HomeError
from resources.index.errors import IndexStoreError
from resources.ocr.reading import MissingLanguageError
from resources.search.errors import SearchError
from resources.stages.documents import MassDeletionError
from resources.stages.store import StageStoreError

EXPECTED = (
    RunFailed,
    ListingError,
    MassDeletionError,
    MissingLanguageError,
    EncoderError,
    ExtractionError,
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
