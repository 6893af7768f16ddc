"""The queries and judgements that the settings name."""

from __future__ import annotations

import hashlib

from codices.resources.search.query.queries import QueryRow, read_judgements, read_queries
from codices.resources.settings.search_options import RetrievalOptions
from codices.resources.settings.settings import beside_settings
from codices.resources.stages.workspace import Workspace


def configured_queries(workspace: Workspace) -> list[QueryRow]:
    """The queries of `retrieval.queries`, none when it is not set. Raises SearchError for a file that is none."""
    name = workspace.settings.retrieval.queries
    return [] if name is None else read_queries(beside_settings(name))


def configured_judgements(workspace: Workspace) -> dict[str, dict[str, int]]:
    """The judgements of `retrieval.judgements`, none when it is not set."""
    name = workspace.settings.retrieval.judgements
    return {} if name is None else read_judgements(beside_settings(name))


def query_file_digests(options: RetrievalOptions) -> list[str | None]:
    """SHA-256 of the two files as they are now; None for one that is not set or not there."""
    digests: list[str | None] = []
    for name in (options.queries, options.judgements):
        try:
            digests.append(name and hashlib.sha256(beside_settings(name).read_bytes()).hexdigest())
        except OSError:
            digests.append(None)
    return digests
