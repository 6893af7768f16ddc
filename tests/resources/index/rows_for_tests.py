"""Rows as the pipeline would write them, of any number and dimension, always the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from codices.resources.index.schema import documents_schema, elements_schema, images_schema

DIMENSION = 16
WORDS = ("gateway", "cluster", "latency", "balancer", "replica", "certificate", "quota", "pipeline", "shard", "proxy")


def unit_vectors(number: int, dimension: int, seed: int = 0) -> np.ndarray:
    """(number, dimension) float32 of unit length, around a common mean like the vectors of real encoders."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(number, dimension)) + 0.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def elements(
    shard: str,
    number: int,
    *,
    dimensions: tuple[int, int] = (DIMENSION, DIMENSION),
    seed: int = 0,
    per_document: int = 5,
    changed: Sequence[int] = (),
) -> pa.Table:
    """`number` elements of `shard`; every third is a figure with a picture. Those in `changed` have another text."""
    text = unit_vectors(number, dimensions[0], seed)
    image = unit_vectors(number, dimensions[1], seed + 1)
    rows: list[dict[str, Any]] = []
    for position in range(number):
        figure = position % 3 == 0
        word = WORDS[position % len(WORDS)]
        edited = " edited" if position in changed else ""
        rows.append(
            {
                "element_id": f"{shard}-{position:06d}",
                "doc_id": f"doc-{shard}-{position // per_document}",
                "path": f"guides/{shard}/{position // per_document}.md",
                "shard": shard,
                "modality": "figure" if figure else "text",
                "ordinal": position % per_document,
                "pages": [1],
                "boxes": [{"page": 1, "x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.4}],
                "heading_path": ["Guide", word],
                "caption": f"Figure {position}" if figure else None,
                "text": f"the {word} of number {position} raises ERR_{word.upper()}_{position}{edited}",
                "identifiers": [f"ERR_{word.upper()}_{position}", f"err_{word}_{position}"],
                "text_vector": text[position],
                "image_vector": image[position] if figure else None,
                "image_id": f"image-{shard}-{position}" if figure else None,
                "content_key": f"key-{shard}-{position}{edited}",
            }
        )
    schema = elements_schema(*dimensions)
    fields = [field for field in schema if field.name in rows[0]] if rows else list(schema)
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def documents(shard: str, number: int, *, per_document: int = 5) -> pa.Table:
    """The documents of `elements(shard, number)`."""
    rows = [
        {
            "doc_id": f"doc-{shard}-{position}",
            "path": f"guides/{shard}/{position}.md",
            "content_hash": f"hash-{position}",
            "media_type": "text/markdown",
            "bytes": 100,
            "modified_at": datetime(2026, 1, 1, tzinfo=UTC),
            "shard": shard,
            "state": "indexed",
            "elements": min(per_document, number - position * per_document),
            "indexed_at": datetime.now(UTC),
            "run_id": "run",
        }
        for position in range((number + per_document - 1) // per_document)
    ]
    return pa.Table.from_pylist(rows, schema=documents_schema().remove(documents_schema().get_field_index("row_hash")))


def images(shard: str, number: int) -> pa.Table:
    """The pictures of `elements(shard, number)`."""
    rows = [
        {
            "image_id": f"image-{shard}-{position}",
            "bytes": b"png" * 10,
            "width": 4,
            "height": 3,
            "media_type": "image/png",
        }
        for position in range(0, number, 3)
    ]
    return pa.Table.from_pylist(rows, schema=images_schema())
