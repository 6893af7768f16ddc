"""Text and image encoders over models that open_clip loads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from codices.resources.encoders.batching import CPU_TOKENS, GPU_TOKENS, Fitting, batches_by_length, unit_vectors
from codices.resources.encoders.engines import Autocast, Engine
from codices.resources.encoders.interface import EncoderError, Vectors
from codices.resources.encoders.preprocessing import Preprocessing
from codices.resources.encoders.streaming import encode_stream
from codices.resources.encoders.tokenization import TextTokenizer


class TextTower:
    """Token ids to unit vectors through `forward`; `padding` None pads to the longest of a batch with `pad_id`,
    else to that length, for towers that read their padding (SigLIP) or have fixed positions (CLIP). Only the first
    `dimension` components are kept. Raises EncoderError when the model has fewer."""

    def __init__(
        self,
        forward: Any,
        tokenizer: TextTokenizer,
        device: str,
        *,
        pad_id: int = 0,
        padding: int | None = None,
        batch_size: int = 0,
        dimension: int | None = None,
        precision: str = "auto",
    ) -> None:
        self._forward = forward
        self.tokenizer = tokenizer
        self._device = device
        self._pad_id = pad_id
        self._padding = padding
        self._batch_size = batch_size
        self._tokens = GPU_TOKENS if device.startswith("cuda") else CPU_TOKENS
        self._queries, self._documents = (
            Fitting(partial(self._run, Autocast(device, precision, documents)), self._size)
            for documents in (False, True)
        )
        self._full = self._queries(tokenizer.ids(["one"])).shape[1]
        self.dimension = dimension or self._full
        if self.dimension > self._full:
            raise EncoderError(f"the model's vectors have {self._full} components; {dimension} cannot be kept")

    def encode(self, texts: Sequence[str], documents: bool = False) -> Vectors:
        """(n, dimension) float32, unit length, in the order given. `documents`: in the precision that is fast here."""
        fitting = self._documents if documents else self._queries
        ids = self.tokenizer.ids(texts) if texts else []
        lengths = [self._padding or len(row) for row in ids]
        vectors = np.zeros((len(ids), self._full), np.float32)
        for batch in batches_by_length(lengths, self._tokens, self._batch_size):
            vectors[batch] = fitting([ids[position] for position in batch])
        return unit_vectors(vectors, self.dimension) if len(ids) else vectors[:, : self.dimension]

    def _size(self, rows: Sequence[list[int]]) -> int:
        """What memory grows with: tokens, padding among them."""
        return len(rows) * (self._padding or max(len(row) for row in rows))

    def _run(self, autocast: Autocast, rows: Sequence[list[int]]) -> np.ndarray:
        import torch

        width = self._padding or max(len(row) for row in rows)
        batch = torch.full((len(rows), width), self._pad_id, dtype=torch.long)
        for position, row in enumerate(rows):
            batch[position, : len(row)] = torch.tensor(row)
        with torch.inference_mode(), autocast():
            return self._forward(batch.to(self._device)).float().cpu().numpy()


class TowerTextEncoder:
    """A `TextEncoder` over any text tower."""

    def __init__(self, tower: TextTower, name: str, digest: str) -> None:
        self._tower = tower
        self.name = name
        self.digest = digest
        self.dimension = tower.dimension
        self.max_tokens = tower.tokenizer.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._tower.encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._tower.encode(texts, documents=True)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._tower.tokenizer.spans(text)


class OpenClipImageEncoder:
    """An `ImageTextEncoder` over an open_clip model. `engines`: one per device, all with the same weights; they are
    made by `make_engines` at the first picture, so that a search by text never waits for them."""

    def __init__(
        self,
        tower: TextTower,
        make_engines: Any,
        preprocessing: Preprocessing,
        *,
        name: str,
        digest: str,
        logit_scale: float,
        logit_bias: float | None,
    ) -> None:
        self._tower = tower
        self._make_engines = make_engines
        self._engines: list[Engine] = []
        self._lock = threading.Lock()
        self.preprocessing = preprocessing
        self.name = name
        self.digest = digest
        self.dimension = tower.dimension
        self.logit_scale = logit_scale  # already exponentiated: cosine * logit_scale + logit_bias is the logit
        self.logit_bias = logit_bias  # None: trained with CLIP's softmax; a number: with SigLIP's sigmoid

    @property
    def engines(self) -> list[Engine]:
        with self._lock:
            if not self._engines:
                self._engines = self._make_engines()
            return self._engines

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        batches = list(self.stream_images(images))
        return np.concatenate(batches) if batches else np.zeros((0, self.dimension), np.float32)

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        """Vectors of a stream of image files, a batch at a time, in order; memory does not grow with its length."""
        return encode_stream(images, self.engines, self.preprocessing, self.dimension)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._tower.encode(texts)


def causal_forward(model: Any) -> Any | None:
    """`model.encode_text` for ids that are cut to the longest of a batch, or None for a tower that reads its padding.

    A token of open_clip's CLIP sees those before it only, and the vector is that of the end of the text: what stands
    behind it changes nothing. (Its own `encode_text` adds all positions and so takes the full context alone.)
    """
    from open_clip import CLIP
    from open_clip.transformer import text_global_pool

    if not isinstance(model, CLIP) or model.attn_mask is None or model.text_pool_type not in ("argmax", "eos"):
        return None
    clip: Any = model

    def forward(ids: Any) -> Any:
        width, kind = ids.shape[1], clip.transformer.get_cast_dtype()
        states = clip.token_embedding(ids).to(kind) + clip.positional_embedding[:width].to(kind)
        states = clip.ln_final(clip.transformer(states, attn_mask=clip.attn_mask[:width, :width]))
        pooled = text_global_pool(states, ids, clip.text_pool_type, eos_token_id=clip.text_eos_id)
        if clip.text_projection is None:
            return pooled
        matrix = clip.text_projection
        return matrix(pooled) if callable(matrix) else pooled @ matrix

    return forward
