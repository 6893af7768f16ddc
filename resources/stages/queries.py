"""The queries and judgements that the settings name."""

from __future__ import annotations

from pathlib import Path

from resources.search.queries import QueryRow, read_judgements, read_queries
from resources.settings import settings_file
from resources.workspace import Workspace


def configured_queries(workspace: Workspace) -> list[QueryRow]:
    """The queries of `retrieval.queries`, none when it is not set. Raises SearchError for a file that is none."""
    path = _beside_settings(workspace.settings.retrieval.queries)
    return [] if path is None else read_queries(path)


def configured_judgements(workspace: Workspace) -> dict[str, dict[str, int]]:
    """The judgements of `retrieval.judgements`, none when it is not set."""
    path = _beside_settings(workspace.settings.retrieval.judgements)
    return {} if path is None else read_judgements(path)


def _beside_settings(name: str | None) -> Path | None:
    return None if name is None else settings_file().resolve().parent / name
