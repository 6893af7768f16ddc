"""What the process of the models offers to the one that asks (`hosted.py`); see `Companion`. Options come as JSON.

Torch is imported with the first model, so that a few texts, which take the graph, cost none of it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from codices.resources.encoders.common.interface import TextEncoder, Vectors
from codices.resources.encoders.common.prepared import prepared_text
from codices.resources.encoders.common.profiles import text_source, text_tower_digest
from codices.resources.encoders.common.text_tower import cut_vectors, kept_dimension
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.workers.companion_process import Incoming

if TYPE_CHECKING:
    from codices.resources.encoders.towers.open_clip_towers import OpenClipImageEncoder

WINDOWS_AHEAD = 2  # of pictures, on their way while a batch is decoded


def _options(said: str) -> EncoderOptions:
    return EncoderOptions.model_validate_json(said)


def _prepare_text(options: str) -> None:
    from codices.resources.encoders.towers.preparing import prepare_text

    prepare_text(text_source(_options(options)))


def _prepare_image(options: str) -> None:
    from codices.resources.encoders.towers.preparing import prepare_image

    prepare_image(_options(options))


def _text(options: str) -> TextEncoder:
    from codices.resources.encoders.towers.loading import load_text_encoder

    return load_text_encoder(_options(options))


def _image(options: str) -> OpenClipImageEncoder:
    from codices.resources.encoders.towers.loading import load_image_encoder

    return load_image_encoder(_options(options))


def _load(model: Callable[[str], Any]) -> Callable[[str], None]:
    def load(options: str) -> None:
        model(options)
        gc.freeze()  # models stay as long as the process: each full collection would go through them again

    return load


def _encode_few(said: str, texts: list[str]) -> Vectors | None:
    """What the graph gives; None where there is none."""
    options = _options(said)
    found = prepared_text(text_tower_digest(text_source(options)))
    if found is None or found.tower is None:
        return None
    return cut_vectors(found.tower, texts, kept_dimension(found.card.dimension, options.text_dimension))


def _stream_images(images: Incoming, options: str) -> Iterator[Vectors]:
    encoder = _image(options)
    return encoder.stream_images(images.windows(encoder.engines[0].batch_size, WINDOWS_AHEAD))


CALLS: dict[str, Callable[..., Any]] = {
    "prepare_text": _prepare_text,
    "prepare_image": _prepare_image,
    "load_text": _load(_text),
    "load_image": _load(_image),
    "encode": lambda options, texts: _text(options).encode(texts),
    "encode_few": _encode_few,
    "encode_documents": lambda options, texts: _text(options).encode_documents(texts),
    "token_spans": lambda options, text: _text(options).token_spans(text),
    "encode_images": lambda options, images: _image(options).encode_images(images),
    "encode_texts": lambda options, texts: _image(options).encode_texts(texts),
}
STREAMS: dict[str, Callable[..., Iterator[Any]]] = {"stream_images": _stream_images}
