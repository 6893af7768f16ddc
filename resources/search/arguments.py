"""Arguments of the Python interface: where an index lies, and what is of the wrong kind, refused with what it should
be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

from codices.resources.search.query.errors import SearchError


def check_search(limit: Any, where: Any, weights: Any) -> None:
    """Raises SearchError for a limit that is no whole number, a filter that is no text, weights that are no mapping."""
    if not isinstance(limit, Integral) or isinstance(limit, bool):
        raise SearchError(f"limit must be a whole number, not {limit!r}")
    if not isinstance(where, str | None):
        raise SearchError(f"the filter must be text, an SQL condition, not {type(where).__name__}")
    if not isinstance(weights, Mapping | None):
        raise SearchError(f"weights must be a mapping of leg to weight, not {type(weights).__name__}")


def check_queries(queries: Any) -> None:
    """Raises SearchError for what is no list of queries; one string is not."""
    if isinstance(queries, str | bytes) or not isinstance(queries, Iterable):
        raise SearchError(f"queries must be a list of texts, not {type(queries).__name__}; search one with search()")


def check_opening(home_or_uri: Any, release: Any) -> None:
    """Raises SearchError for a home that is no path, and a release that is no name and no time."""
    if not isinstance(home_or_uri, str | PathLike):
        raise SearchError(f"the home must be a folder or a URL, not {type(home_or_uri).__name__}")
    if not isinstance(release, str | datetime):
        raise SearchError(f"release must be a name or a datetime, not {type(release).__name__}")


def database_uri(home_or_uri: str | PathLike[str]) -> str:
    """The LanceDB folder: of a home, or the folder itself. Raises SearchError where a local one does not exist."""
    given = os.fspath(home_or_uri).rstrip("/")
    if "://" in given and not given.startswith("file://"):
        return given if given.endswith("/lancedb") else f"{given}/lancedb"
    path = Path(given.removeprefix("file://")).expanduser()
    if (path / "lancedb").is_dir():
        return str(path / "lancedb")
    if (path / "releases.lance").is_dir():
        return str(path)
    raise SearchError(f"{path} holds no index; make one with `codices index CORPUS --home {path}`")
