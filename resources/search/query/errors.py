"""What can go wrong with a search."""

from __future__ import annotations


class SearchError(Exception):
    """A query, filter, image, release or setting that cannot be searched with; the message says what to do."""
