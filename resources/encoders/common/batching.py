"""Batches that fit: texts sorted by length so that little is padded, and halved when memory runs out."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from codices.resources.encoders.common.interface import EncoderError, Vectors

Item = TypeVar("Item")

# Tokens of one text batch on CPU: larger ones leave the caches and gain nothing.
CPU_TOKENS = 2048
GPU_TOKENS = 65536


def unit_vectors(vectors: np.ndarray, dimension: int | None = None) -> Vectors:
    """Rows at unit length in fp32, of their first `dimension` components where that is given (which loses little for
    models that were trained for it: Kusupati et al. 2022, Matryoshka representations). Raises EncoderError for a row
    that is not finite or has no direction."""
    rows = vectors[:, :dimension].astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        raise EncoderError("the model returned a vector that is not finite or has no length")
    return rows / lengths


def batches_by_length(lengths: Sequence[int], tokens: int, limit: int = 0) -> Iterator[list[int]]:
    """Positions grouped so that a batch of n with longest length l has n * l <= `tokens` (at least one a batch).

    The longest come first: if they fit into memory, all do. `limit` > 0 bounds n.
    """
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    start = 0
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        if limit:
            size = min(size, limit)
        yield order[start : start + size]
        start += size


_NO_MEMORY = re.compile(r"out of memory|(can't|cannot|failed to) allocate memory|bad_alloc|ALLOC_FAILED", re.IGNORECASE)


def out_of_memory(error: BaseException) -> bool:
    """Whether a device or the host had no memory for a batch; torch and ONNX Runtime say so in words only."""
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


class Fitting(Generic[Item]):
    """`run` for batches of any size: in halves when memory runs out, nothing lost, and later ones no larger than
    that. `size` is what memory grows with. Raises the error when one item does not fit."""

    def __init__(
        self, run: Callable[[Sequence[Item]], np.ndarray], size: Callable[[Sequence[Item]], float] = len
    ) -> None:
        self._run = run
        self._size = size
        self._limit = math.inf

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        if len(items) == 1 or self._size(items) <= self._limit:
            try:
                return self._run(items)
            except Exception as error:
                if not out_of_memory(error) or len(items) == 1:
                    raise
            # Outside of the handler: the error's traceback holds the failed batch's tensors.
            release_memory()
            self._limit = min(self._limit, self._size(items) / 2)
        middle = len(items) // 2
        return np.concatenate([self(items[:middle]), self(items[middle:])])


def release_memory() -> None:
    """Give back what torch keeps of a device's memory, in a process that uses torch."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def windows(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """`items` in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while window := list(islice(iterator, size)):
        yield window
