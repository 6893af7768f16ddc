"""An exception that nobody expected, in words: what a document's failure says of it, for the maintainer."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from codices.resources.foundation.failures import Failure
from codices.resources.foundation.well_formed import well_formed

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


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception of a library whose own message cannot be made
        return "its message cannot be shown"
