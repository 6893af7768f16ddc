"""Embedding that one text or picture cannot end: where a batch fails, the one at fault is found and told apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from PIL import Image

from codices.resources.encoders.common.interface import Vectors
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import fault

Item = TypeVar("Item", str, bytes)

PLAIN_TEXT = "This text can be read by any encoder."


def plain_picture() -> bytes:
    """A PNG that any image encoder can read."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def vectors_or_faults(
    encode: Callable[[Sequence[Item]], Vectors], items: Sequence[Item], plain: Item
) -> list[np.ndarray | Failure]:
    """A vector for each item, in order, or the failure of the one that `encode` cannot do.

    `plain` is an item without any fault: where that fails, too, it is the encoder that does, and its error is raised.
    """
    try:
        vectors = checked(encode(items))
        if len(vectors) != len(items):
            raise ValueError(f"the encoder returned {len(vectors)} vectors for {len(items)} items")
        return list(vectors)
    except Exception as error:
        if len(items) == 1:
            checked(encode([plain]))
            return [fault("embeddings", error)]
    middle = len(items) // 2
    return [
        *vectors_or_faults(encode, items[:middle], plain),
        *vectors_or_faults(encode, items[middle:], plain),
    ]


def checked(vectors: Vectors) -> Vectors:
    """The vectors themselves. Raises ValueError when one is not finite or not of unit length (float32: within 1e-3)."""
    norms = np.linalg.norm(vectors, axis=1)
    if not np.all(np.isfinite(norms)) or np.any(np.abs(norms - 1) > 1e-3):
        raise ValueError("the encoder returned a vector that is not finite or not of unit length")
    return vectors
