"""What the process of the models offers to the one that asks (`hosted.py`); see `Companion`. Options come as JSON.

Torch is imported with the first model, so that a few texts, which take the graph, cost none of it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.prepared_encoders import ModelsHere, PreparedTextEncoder, TextModel
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.workers.companion_process import Incoming

if TYPE_CHECKING:
    from codices.resources.encoders.towers.open_clip_towers import OpenClipImageEncoder

WINDOWS_AHEAD = 2  # of pictures, on their way while a batch is decoded


def _options(said: str) -> EncoderOptions:
    return EncoderOptions.model_validate_json(said)


@lru_cache(maxsize=4)
def _prepared(options: str) -> PreparedTextEncoder:
    return PreparedTextEncoder(_options(options), ModelsHere())


def _text(options: str) -> TextModel:
    return ModelsHere().text(_options(options))


def _image(options: str) -> OpenClipImageEncoder:
    from codices.resources.encoders.towers.loading import load_image_encoder

    return load_image_encoder(_options(options))


def _load(model: Callable[[str], Any]) -> Callable[[str], None]:
    def load(options: str) -> None:
        model(options)
        gc.freeze()  # models stay as long as the process: each full collection would go through them again

    return load


def _stream_images(images: Incoming, options: str) -> Iterator[Vectors]:
    encoder = _image(options)
    return encoder.stream_images(images.windows(encoder.engines[0].batch_size, WINDOWS_AHEAD))


CALLS: dict[str, Callable[..., Any]] = {
    "prepare_text": lambda options: ModelsHere().prepare_text(_options(options)),
    "prepare_image": lambda options: ModelsHere().prepare_image(_options(options)),
    "load_text": _load(_text),
    "load_image": _load(_image),
    "encode": lambda options, texts: _text(options).encode(texts),
    "encode_few": lambda options, texts: _prepared(options).encode_by_graph(texts),
    "encode_documents": lambda options, texts: _text(options).encode_documents(texts),
    "token_spans": lambda options, text: _text(options).token_spans(text),
    "encode_images": lambda options, images: _image(options).encode_images(images),
    "encode_texts": lambda options, texts: _image(options).encode_texts(texts),
}
STREAMS: dict[str, Callable[..., Iterator[Any]]] = {"stream_images": _stream_images}
