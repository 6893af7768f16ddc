"""A release in Qdrant: one collection of elements with two named vectors and every other column as payload.

Qdrant has no transaction: while a copy runs, readers there see changed rows as they arrive. A copy that was stopped is
taken up where it stopped, because every point carries its row's hash.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from codices.resources.index.publish.change import Change, PublishError
from codices.resources.index.releases import OpenRelease
from codices.resources.index.schema import ELEMENTS, VECTOR_COLUMNS, dimension_of

T = TypeVar("T")

COLLECTION = "codices_elements"
_IDS = uuid.UUID("6f2b1c5e-6d0c-5d1b-9c55-6c0de1ce5000")
"""Qdrant takes UUIDs only: version 5 of the element id under this namespace."""

_BATCH = 500
_KEYWORDS = ("modality", "doc_id", "path", "identifiers", "image_id", "figure_kind")


def publish_to_qdrant(release: OpenRelease, target: str) -> dict[str, Change]:
    """See `publish`."""
    client = _client(target)
    try:
        _prepare(client, release)
        standing = dict(_standing(client))
        hashes = release.elements.to_lance().to_table(columns=["element_id", "row_hash"])
        wanted = {
            point_id(key): row_hash
            for key, row_hash in zip(
                hashes.column("element_id").to_pylist(), hashes.column("row_hash").to_pylist(), strict=True
            )
        }
        needed = {key for key, row_hash in wanted.items() if standing.get(key) != row_hash}
        for points in _batches(_points(release, needed)):
            client.upsert(COLLECTION, points, wait=True)
        gone = sorted(set(standing) - set(wanted))
        for ids in _batches(gone):
            client.delete(COLLECTION, models.PointIdsList(points=[*ids]), wait=True)
        total = client.count(COLLECTION, exact=True).count
    except (ApiException, OSError, ValueError, RuntimeError) as error:
        raise PublishError(f"publishing {release.name} to Qdrant: {error}. Run again: it goes on from there") from error
    finally:
        client.close()
    return {ELEMENTS: Change(len(needed), len(gone), total)}


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def point_id(element_id: str) -> str:
    """The point that an element is in Qdrant."""
    return str(uuid.uuid5(_IDS, element_id))


def _client(target: str) -> QdrantClient:
    where = target.removeprefix("qdrant")
    if where.startswith("+"):
        return QdrantClient(url=where[1:], api_key=os.environ.get("QDRANT_API_KEY"))
    if where.startswith(":"):
        return QdrantClient(path=where[1:])
    url = os.environ.get("QDRANT_URL", "http://localhost:6333")
    return QdrantClient(url=url, api_key=os.environ.get("QDRANT_API_KEY"))


def _prepare(client: QdrantClient, release: OpenRelease) -> None:
    """The collection with today's dimensions; one with others is made anew."""
    schema = release.elements.schema
    vectors = {
        column: models.VectorParams(size=dimension_of(schema.field(column).type), distance=models.Distance.COSINE)
        for column in VECTOR_COLUMNS
    }
    if client.collection_exists(COLLECTION):
        standing = client.get_collection(COLLECTION).config.params.vectors
        sizes = {name: each.size for name, each in standing.items()} if isinstance(standing, dict) else {}
        if sizes == {name: each.size for name, each in vectors.items()}:
            return
        client.delete_collection(COLLECTION)
    client.create_collection(COLLECTION, vectors_config=vectors)
    if getattr(client, "_client", None).__class__.__name__ != "QdrantLocal":  # local mode has no payload indexes
        for column in _KEYWORDS:
            client.create_payload_index(COLLECTION, column, models.PayloadSchemaType.KEYWORD)
        client.create_payload_index(COLLECTION, "text", models.TextIndexParams(type=models.TextIndexType.TEXT))


def _standing(client: QdrantClient) -> Iterator[tuple[str, str | None]]:
    offset: Any = None
    while True:
        records, offset = client.scroll(COLLECTION, limit=2000, offset=offset, with_payload=["row_hash"])
        for record in records:
            yield str(record.id), (record.payload or {}).get("row_hash")
        if offset is None:
            return


def _points(release: OpenRelease, needed: set[str]) -> Iterator[models.PointStruct]:
    for batch in release.elements.to_lance().to_batches(batch_size=1024):
        for row in batch.to_pylist():
            key = point_id(row["element_id"])
            if key in needed:
                vectors = {column: row.pop(column) for column in VECTOR_COLUMNS}
                held = {column: vector for column, vector in vectors.items() if vector is not None}
                yield models.PointStruct(id=key, vector=held, payload=row)
