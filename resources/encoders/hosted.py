"""Models in a process of their own, for whoever indexes: torch and what comes with it take 1 GiB there, and nothing
here. A crash fails the texts or pictures under way, which are then done in halves, and the process starts anew."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from codices.resources.encoders.common.interface import Vectors
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.workers.companion import Companion

FEW_TEXTS = 128  # the graph, on the processor, has done them before torch is imported and the model loaded

COMPANION = Companion("codices.resources.encoders.towers.served")
"""One for this process: models are shared by all that is indexed here."""


class HostedModels:
    """`Models` in the process beside this one; `loading` is entered while one is loaded there."""

    def __init__(self, loading: Callable[[], AbstractContextManager[Any]]) -> None:
        self._loading = loading
        self._lock = threading.Lock()
        self._loaded: set[tuple[int, str, str]] = set()  # in which start of the process

    def prepare_text(self, options: EncoderOptions) -> None:
        with self._loading():
            COMPANION.call("prepare_text", options.model_dump_json())

    def prepare_image(self, options: EncoderOptions) -> None:
        with self._loading():
            COMPANION.call("prepare_image", options.model_dump_json())

    def text(self, options: EncoderOptions) -> _HostedText:
        return _HostedText("load_text", options, self)

    def image(self, options: EncoderOptions) -> _HostedImages:
        return _HostedImages("load_image", options, self)

    def has_loaded(self, kind: str, options: str) -> bool:
        """Whether the process that runs has the model."""
        return (COMPANION.generation, kind, options) in self._loaded

    def load(self, kind: str, options: str) -> None:
        """Have the model loaded there, once for each start of the process: apart from the work that is timed."""
        with self._lock:
            if self.has_loaded(kind, options):
                return
            with self._loading():
                COMPANION.call(kind, options)
            self._loaded.add((COMPANION.generation, kind, options))


class _Hosted:
    """A model there, loaded by the call `kind`. Everything may raise CompanionDied beside what encoders raise."""

    def __init__(self, kind: str, options: EncoderOptions, models: HostedModels) -> None:
        self._kind = kind
        self._options = options.model_dump_json()
        self._few = 0 if options.precision == "bfloat16" else FEW_TEXTS
        self._models = models

    def _call(self, name: str, given: Any) -> Any:
        self._models.load(self._kind, self._options)
        return COMPANION.call(name, self._options, given)


class _HostedText(_Hosted):
    """A `TextModel` there."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._call("encode", list(texts))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """A few texts, as most runs that follow a corpus have, come from the graph, in full precision. Its vectors have
        cosine .99999 and more to the model's."""
        if len(texts) <= self._few and not self._models.has_loaded(self._kind, self._options):
            found = COMPANION.call("encode_few", self._options, list(texts))
            if found is not None:
                return found
        return self._call("encode_documents", list(texts))

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._call("token_spans", text)


class _HostedImages(_Hosted):
    """An `ImageTextModel` there."""

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        return self._call("encode_images", list(images))

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        self._models.load(self._kind, self._options)
        return COMPANION.stream("stream_images", images, self._options)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._call("encode_texts", list(texts))
