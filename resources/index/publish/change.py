"""What every store that a release is published to reports."""

from __future__ import annotations

from dataclasses import dataclass

from codices.resources.index.errors import IndexStoreError


class PublishError(IndexStoreError):
    """The other store cannot be reached, lacks what is needed, or an extra is not installed."""


@dataclass(frozen=True)
class Change:
    """Rows of one table or collection: written (new or changed), removed, and all that stand now."""

    written: int
    removed: int
    total: int
