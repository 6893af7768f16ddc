"""One structured line for every document that fails, and for every one that takes long; none for the others.

Whoever works on a document tells it here; where the lines go is said once around a run
(`lines_of_documents`). Without that they go nowhere.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

from codices.resources.foundation.failures import Failure

Format = Literal["text", "json"]

LOGGER = logging.getLogger("codices.documents")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False  # Dagster's own handlers would write an event for each into its database
_FIELDS = ("run", "shard", "path", "stage", "kind", "seconds")
_ABOUT: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("about", default=())
_TOLD: dict[str, set[str]] = {}  # run -> paths
_SLOW: ContextVar[float | None] = ContextVar("slow", default=None)  # seconds; None where nobody listens


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """Lines that are told within it have these fields (run, shard)."""
    token = _ABOUT.set((*_ABOUT.get(), *fields.items()))
    try:
        yield
    finally:
        _ABOUT.reset(token)


def tell_failed(path: str, failure: Failure, seconds: float | None = None) -> None:
    """A document, or the part of one that `path` names, has failed."""
    _told().add(path)
    _tell(logging.WARNING, "failed", failure.message, path, failure.stage, failure.kind, seconds)


def tell_failed_once(path: str, failure: Failure) -> None:
    """The same of a document that may have been told in this run, when its worker ended."""
    if path not in _told():
        tell_failed(path, failure)


def _told() -> set[str]:
    """Paths that were told in this run; those of another run are forgotten."""
    run = dict(_ABOUT.get()).get("run", "")
    if run not in _TOLD:
        _TOLD.clear()
    return _TOLD.setdefault(run, set())


def tell_done(path: str, stage: str, outcome: object, seconds: float | None) -> None:
    """The work of `stage` on a document ended: a line where it failed, or took long. `seconds` None: not known."""
    if isinstance(outcome, Failure):
        tell_failed(path, outcome, seconds)
    elif seconds is not None and seconds >= (_SLOW.get() or float("inf")):
        _tell(logging.INFO, "slow", None, path, stage, None, seconds)


def _tell(
    level: int, event: str, reason: str | None, path: str, stage: str, kind: str | None, seconds: float | None
) -> None:
    taken = None if seconds is None else round(seconds, 3)
    fields = {**dict(_ABOUT.get()), "path": path, "stage": stage, "kind": kind, "seconds": taken}
    LOGGER.log(level, event, extra={"fields": {name: fields.get(name) for name in _FIELDS}, "reason": reason})


@contextmanager
def lines_of_documents(
    open_handler: Callable[[], logging.Handler], form: Format, slow_seconds: float
) -> Iterator[None]:
    """Lines of documents go to the handler within it, as text or as one JSON object each. Within another such block
    they go where that one says, and none is opened."""
    if _SLOW.get() is not None:
        yield
        return
    handler = open_handler()
    handler.setFormatter(_Json() if form == "json" else _Text())
    token, level = _SLOW.set(slow_seconds), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
        _SLOW.reset(token)
        handler.close()


def lines_handler(file: str | None) -> logging.Handler:
    """A handler that appends to `file`; without one, that writes to standard error. Raises OSError."""
    if file is None:
        return logging.StreamHandler(sys.stderr)
    return logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")


class _Text(logging.Formatter):
    """`failed path="a b.pdf" stage=extraction kind=timeout seconds=120.0 run=… shard=03: took longer than 120 s`"""

    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, Any] = record.__dict__["fields"]
        order = sorted(_FIELDS, key=("path", "stage", "kind", "seconds", "run", "shard").index)
        told = " ".join(f"{name}={_quoted(fields[name])}" for name in order if fields[name] is not None)
        reason = record.__dict__["reason"]
        return f"{record.getMessage()} {told}" + (f": {_printable(reason)}" if reason else "")


class _Json(logging.Formatter):
    """`{"time": …, "level": "warning", "event": "failed", "run": …, …, "reason": …}`"""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **record.__dict__["fields"],
            "reason": record.__dict__["reason"],
        }
        return json.dumps(line)


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if plain else json.dumps(text)


def _printable(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
