"""Queries to vectors: the release's own models, loaded once, and the last vectors kept."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from codices.resources.encoders import (
    EncoderError,
    EncoderOptions,
    image_encoder_digest,
    query_image_encoder,
    query_text_encoder,
    text_encoder_digest,
)
from codices.resources.encoders.common.interface import ImageTextEncoder, PictureError, TextEncoder, Vectors
from codices.resources.encoders.common.profiles import image_source, text_source
from codices.resources.search.query.errors import SearchError
from codices.resources.search.ranking.centring import centred
from codices.resources.search.release_settings import encoders_of

_ENCODER_CHARACTERS = 4000
"""Of a query that an encoder is given: more than any tower reads (512 tokens), and tokenizing more takes time."""


class QueryEncoder:
    """Vectors of queries for one release. Safe to share between threads.

    `text_encoder` and `image_encoder` are for callers that have them loaded; otherwise the models that the release
    was made with are loaded at first use.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        release: str,
        *,
        machine: EncoderOptions | None = None,
        text_encoder: TextEncoder | None = None,
        image_encoder: ImageTextEncoder | None = None,
        cache_size: int = 1024,
    ) -> None:
        self._settings = settings
        self._release = release
        self._options = encoders_of(settings, machine)
        self._text_encoder = text_encoder
        self._image_encoder = image_encoder
        self._checked: set[str] = set()
        self._cache_size = cache_size
        self._cache: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._lock = threading.RLock()

    def texts(self, queries: Sequence[str], column: str) -> list[Vectors]:
        """Vectors of `queries` to search `column` with, those not in memory encoded in one batch."""
        queries = [query[:_ENCODER_CHARACTERS] for query in queries]
        with self._lock:
            missing = [query for query in dict.fromkeys(queries) if (column, query) not in self._cache]
            fresh: dict[str, Vectors] = {}
            if missing:
                encode = self._text().encode if column == "text_vector" else self._for_pictures
                fresh = dict(zip(missing, _encoded(encode, missing), strict=True))
            vectors = [fresh[query] if query in fresh else self._cache[column, query] for query in queries]
            for query, vector in zip(queries, vectors, strict=True):
                self._remember((column, query), vector)
        return vectors

    def _for_pictures(self, texts: Sequence[str]) -> Vectors:
        """Texts in the space of pictures, without the mean of texts where the release measured that to be better."""
        vectors = self._image().encode_texts(texts)
        gap = (self._settings.get("calibration") or {}).get("gap") or {}
        if not gap.get("centred"):
            return vectors
        mean = np.asarray(gap["text_mean"], np.float32)
        return np.stack([centred(vector, mean) for vector in vectors])

    def image(self, data: bytes) -> Vectors:
        """Vector of a picture. Raises SearchError for bytes that are no picture."""
        key = ("image", hashlib.sha256(data).hexdigest())
        with self._lock:
            if key not in self._cache:
                encoder = self._image()
                try:
                    vector = np.asarray(encoder.encode_images([data]), np.float32)[0]
                except PictureError as error:
                    raise SearchError(f"the image to search with cannot be read: {error.reason}") from error
                self._remember(key, vector)
                return vector
            return self._cache[key]

    def _remember(self, key: tuple[str, str], vector: Vectors) -> None:
        if self._cache_size:
            self._cache[key] = vector
            self._cache.move_to_end(key)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)

    def _text(self) -> TextEncoder:
        with self._lock:
            if self._text_encoder is None:
                self._check("text_vector", text_encoder_digest, text_source(self._options).name)
                self._text_encoder = _loaded(query_text_encoder, self._options)
            self._compare("text_vector", self._text_encoder.digest, self._text_encoder.name)
            return self._text_encoder

    def _image(self) -> ImageTextEncoder:
        with self._lock:
            if self._image_encoder is None:
                self._check("image_vector", image_encoder_digest, image_source(self._options).name)
                self._image_encoder = _loaded(query_image_encoder, self._options)
            self._compare("image_vector", self._image_encoder.digest, self._image_encoder.name)
            return self._image_encoder

    def _check(self, column: str, digest: Callable[[EncoderOptions], str], name: str) -> None:
        """Before a model is loaded: is it the one?"""
        try:
            self._compare(column, digest(self._options), name)
        except EncoderError as error:
            raise SearchError(
                f"release {self._release} is searched with a model that is not here: {error}. Without it, search with "
                f"the weight of {column} set to 0"
            ) from error

    def _compare(self, column: str, digest: str, name: str) -> None:
        if column in self._checked:
            return
        recorded = (self._settings.get("digests") or {}).get(column)
        if recorded and recorded != digest:
            raise SearchError(
                f"release {self._release} holds {column}s of another model: its weights have digest {recorded[:12]}…, "
                f"those of {name} here have {digest[:12]}…. Vectors of two models cannot be compared: search with the "
                "model the release names, or run `codices index` with this one"
            )
        self._checked.add(column)


def _encoded(encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> list[Vectors]:
    return list(np.asarray(encode(texts), np.float32))


def _loaded(load: Callable[[EncoderOptions], Any], options: EncoderOptions) -> Any:
    try:
        return load(options)
    except EncoderError as error:
        raise SearchError(f"the query's model could not be loaded: {error}") from error
