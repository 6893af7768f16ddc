"""A release copied into another store, for teams who serve from there. Writes what differs, removes what went."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from codices.resources.index.publish.change import Change, PublishError
from codices.resources.index.releases import OpenRelease


def publish(release: OpenRelease, target: str) -> Mapping[str, Change]:
    """Make `target` hold exactly `release`; per table what changed. A second run writes nothing.

    `target` is `postgresql://user:password@host/database` (needs pgvector there), `qdrant` (QDRANT_URL, by default
    http://localhost:6333; QDRANT_API_KEY), `qdrant+https://host:6333`, or `qdrant:FOLDER` for the client's local mode.
    Raises PublishError.
    """
    scheme = urlsplit(target).scheme or target
    try:
        if scheme in ("postgresql", "postgres"):
            from codices.resources.index.publish.postgres import publish_to_postgres

            return publish_to_postgres(release, target)
        if scheme.split("+")[0] == "qdrant":
            from codices.resources.index.publish.qdrant import publish_to_qdrant

            return publish_to_qdrant(release, target)
    except ImportError as error:
        raise PublishError(
            f"publishing to {scheme} needs the extra: pip install '.[publish]' in the checkout ({error})"
        ) from error
    raise PublishError(f"cannot publish to {target!r}: use postgresql://… or qdrant")
