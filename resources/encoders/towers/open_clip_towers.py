"""The image encoder over a model that open_clip loads, and how its text tower reads short texts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.common.preprocessing import Preprocessing
from codices.resources.encoders.common.text_tower import TextTower
from codices.resources.encoders.towers.engines import Engine
from codices.resources.encoders.towers.streaming import encode_stream


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
        self.tower = tower
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
        return self.tower.encode(texts)


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
