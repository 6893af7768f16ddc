"""Encoders that answer from what was prepared of their models, and have the model loaded only for the rest.

Texts that are searched with take the graph, texts and pictures that are indexed the model itself. Imports no torch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from codices.resources.encoders.common.interface import EncoderError, Vectors
from codices.resources.encoders.common.prepared import ImageCard, PreparedText, image_card, prepared_text
from codices.resources.encoders.common.profiles import (
    image_encoder_digest,
    image_source,
    text_encoder_digest,
    text_source,
    text_tower_digest,
)
from codices.resources.encoders.common.text_tower import cut_vectors, kept_dimension
from codices.resources.settings.encoder_options import EncoderOptions

Card = TypeVar("Card")
Model = TypeVar("Model")


class TextModel(Protocol):
    """The part of a `TextEncoder` that a loaded model does."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors: ...

    def token_spans(self, text: str) -> list[tuple[int, int]]: ...


class ImageTextModel(Protocol):
    """The part of an `ImageTextEncoder` that a loaded model does."""

    def encode_images(self, images: Iterable[bytes]) -> Vectors: ...

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...


class Models(Protocol):
    """Where models are loaded: in this process, or in one beside it. Everything may raise EncoderError."""

    def prepare_text(self, options: EncoderOptions) -> None:
        """See `preparing.py`."""
        ...

    def prepare_image(self, options: EncoderOptions) -> None:
        """See `preparing.py`."""
        ...

    def text(self, options: EncoderOptions) -> TextModel:
        """The model of texts that `options` name."""
        ...

    def image(self, options: EncoderOptions) -> ImageTextModel:
        """The model of pictures that `options` name."""
        ...


class ModelsHere:
    """`Models` in this process, which imports torch for them."""

    def prepare_text(self, options: EncoderOptions) -> None:
        from codices.resources.encoders.towers import preparing

        preparing.prepare_text(text_source(options))

    def prepare_image(self, options: EncoderOptions) -> None:
        from codices.resources.encoders.towers import preparing

        preparing.prepare_image(options)

    def text(self, options: EncoderOptions) -> TextModel:
        from codices.resources.encoders.towers import loading

        return loading.load_text_encoder(options)

    def image(self, options: EncoderOptions) -> ImageTextModel:
        from codices.resources.encoders.towers import loading

        return loading.load_image_encoder(options)


class PreparedTextEncoder:
    """A `TextEncoder`. Raises EncoderError for a model that is not there."""

    def __init__(self, options: EncoderOptions, models: Models) -> None:
        source = text_source(options)
        self.name = source.name
        self.digest = text_encoder_digest(options)
        tower = text_tower_digest(source)
        self._prepared = _found(lambda: prepared_text(tower), lambda: models.prepare_text(options))
        self.dimension = kept_dimension(self._prepared.card.dimension, options.text_dimension)
        self.max_tokens = self._prepared.card.max_tokens
        self._model = _Once(lambda: models.text(options))

    def encode(self, texts: Sequence[str]) -> Vectors:
        tower = self._prepared.tower
        return self._model().encode(texts) if tower is None else cut_vectors(tower, texts, self.dimension)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._model().encode_documents(texts)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        measures = self._prepared.card.measures
        return self._prepared.tokenizer.spans(text) if measures else self._model().token_spans(text)


class PreparedImageEncoder:
    """An `ImageTextEncoder` that knows what its cosines mean. Raises EncoderError for a model that is not there."""

    def __init__(self, options: EncoderOptions, models: Models) -> None:
        source = image_source(options)
        self.name = source.name
        self.digest = image_encoder_digest(options)
        tower, digest = text_tower_digest(source), self.digest

        def cards() -> tuple[PreparedText, ImageCard] | None:
            text, image = prepared_text(tower), image_card(digest)
            return None if text is None or image is None else (text, image)

        self._prepared, card = _found(cards, lambda: models.prepare_image(options))
        self.dimension = kept_dimension(self._prepared.card.dimension, options.image_dimension)
        self.logit_scale = card.logit_scale
        self.logit_bias = card.logit_bias
        self._model = _Once(lambda: models.image(options))

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        return self._model().encode_images(images)

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        return self._model().stream_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        tower = self._prepared.tower
        return self._model().encode_texts(texts) if tower is None else cut_vectors(tower, texts, self.dimension)


class _Once(Generic[Model]):
    """What `load` returns, loaded at the first call; threads wait for each other."""

    def __init__(self, load: Callable[[], Model]) -> None:
        self._load = load
        self._loaded: Model | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Model:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def _found(find: Callable[[], Card | None], prepare: Callable[[], None]) -> Card:
    found = find()
    if found is None:
        prepare()
        found = find()
    if found is None:
        raise EncoderError("what was prepared of the model is gone from the cache; run the same command again")
    return found
