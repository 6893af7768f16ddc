"""An exception that nobody expected, in words: what a document's failure says of it, for the maintainer."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import TypeVar

from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.well_formed import well_formed

Result = TypeVar("Result")

FAULT = "error"  # the kind of such failures, see docs/failures.md
MAX_REASON = 500  # characters: some libraries put the whole input into their message


class Described(Exception):
    """An exception of another process: its message is what `described` made of it there."""


def described(error: BaseException) -> str:
    """The exception's type, its message (cut to MAX_REASON characters), and the innermost line that it comes from, as
    "ValueError: no such page (pdf.py:81 in parse_pdf)"."""
    if isinstance(error, Described):
        return str(error)
    reason = well_formed(_message(error))
    reason = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {reason}{place}" if reason else f"{type(error).__name__}{place}"


def fault(stage: str, error: Exception) -> Failure:
    """The failure of the one document whose content `error` comes from."""
    return Failure(stage, FAULT, described(error))


def guarded(stage: str, work: Callable[[], Result]) -> Result | Failure:
    """What `work` gives, or why it gave nothing: for work outside the isolated workers that depends on the content or
    the name of one document. An exception there, MemoryError included, costs that document alone.

    What can fail for another reason (a disk, a table, a model) must not be in it: it would be blamed on the document.
    """
    try:
        return work()
    except ExtractionError as error:
        return Failure(stage, error.kind, error.message)
    except Exception as error:
        return fault(stage, error)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception of a library whose own message cannot be made
        return "its message cannot be shown"
