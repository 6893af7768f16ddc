"""Text encoders over any text tower: token ids in, unit vectors out, whatever runs the tower. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from codices.resources.encoders.common.batching import CPU_TOKENS, Fitting, batches_by_length, unit_vectors
from codices.resources.encoders.common.interface import EncoderError, Vectors
from codices.resources.encoders.common.tokenization import TextTokenizer

Forward = Callable[[NDArray[np.int64]], np.ndarray]
"""(n, length) token ids to (n, d) float32, not normalised."""


class TextTower:
    """Token ids to unit vectors through `forward`; `padding` None pads to the longest of a batch with `pad_id`,
    else to that length, for towers that read their padding (SigLIP) or have fixed positions (CLIP). Only the first
    `dimension` components are kept. `documents` is what indexes texts, where that is another than `forward`; `tokens`
    bounds a batch, padding among them. Raises EncoderError when the model has fewer components."""

    def __init__(
        self,
        forward: Forward,
        tokenizer: TextTokenizer,
        *,
        documents: Forward | None = None,
        pad_id: int = 0,
        padding: int | None = None,
        tokens: int = CPU_TOKENS,
        batch_size: int = 0,
        dimension: int | None = None,
    ) -> None:
        self.forward = forward
        self.tokenizer = tokenizer
        self.pad_id = pad_id
        self.padding = padding
        self._batch_size = batch_size
        self._tokens = tokens
        self._queries, self._documents = (
            Fitting(partial(self._run, run), self._size) for run in (forward, documents or forward)
        )
        self.full_dimension = self._queries(tokenizer.ids(["one"])).shape[1]
        self.dimension = kept_dimension(self.full_dimension, dimension)

    def encode(self, texts: Sequence[str], documents: bool = False) -> Vectors:
        """(n, dimension) float32, unit length, in the order given. `documents`: in the precision that is fast here."""
        fitting = self._documents if documents else self._queries
        ids = self.tokenizer.ids(texts) if texts else []
        lengths = [self.padding or len(row) for row in ids]
        vectors = np.zeros((len(ids), self.full_dimension), np.float32)
        for batch in batches_by_length(lengths, self._tokens, self._batch_size):
            vectors[batch] = fitting([ids[position] for position in batch])
        return unit_vectors(vectors, self.dimension) if len(ids) else vectors[:, : self.dimension]

    def _size(self, rows: Sequence[list[int]]) -> int:
        """What memory grows with: tokens, padding among them."""
        return len(rows) * (self.padding or max(len(row) for row in rows))

    def _run(self, forward: Forward, rows: Sequence[list[int]]) -> np.ndarray:
        width = self.padding or max(len(row) for row in rows)
        batch = np.full((len(rows), width), self.pad_id, np.int64)
        for position, row in enumerate(rows):
            batch[position, : len(row)] = row
        return forward(batch)


def kept_dimension(full: int, wanted: int | None) -> int:
    """The components of a vector that are kept, of `full`. Raises EncoderError for more than those."""
    if wanted is not None and wanted > full:
        raise EncoderError(f"the model's vectors have {full} components; {wanted} cannot be kept")
    return wanted or full


def cut_vectors(tower: TextTower, texts: Sequence[str], dimension: int) -> Vectors:
    """(n, dimension) float32, unit length: the vectors of a tower that keeps all components, or the first of them."""
    vectors = tower.encode(texts)
    if dimension == tower.dimension:
        return vectors
    return unit_vectors(vectors, dimension) if len(vectors) else vectors[:, :dimension]


class TowerTextEncoder:
    """A `TextEncoder` over any text tower."""

    def __init__(self, tower: TextTower, name: str, digest: str) -> None:
        self.tower = tower
        self.name = name
        self.digest = digest
        self.dimension = tower.dimension
        self.max_tokens = tower.tokenizer.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self.tower.encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self.tower.encode(texts, documents=True)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self.tower.tokenizer.spans(text)
