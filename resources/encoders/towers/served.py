"""What the process of the models offers to the one that asks (`hosted.py`); see `Companion`. Options come as JSON."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.common.profiles import text_source
from codices.resources.encoders.towers.loading import load_image_encoder, load_text_encoder
from codices.resources.encoders.towers.preparing import prepare_image, prepare_text
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.workers.companion_process import Incoming

WINDOWS_AHEAD = 2  # of pictures, on their way while a batch is decoded


def _options(said: str) -> EncoderOptions:
    return EncoderOptions.model_validate_json(said)


def _load_text(options: str) -> None:
    load_text_encoder(_options(options))
    gc.freeze()  # models stay as long as the process: each full collection would go through them again


def _load_image(options: str) -> None:
    load_image_encoder(_options(options))
    gc.freeze()


def _stream_images(images: Incoming, options: str) -> Iterator[Vectors]:
    encoder = load_image_encoder(_options(options))
    return encoder.stream_images(images.windows(encoder.engines[0].batch_size, WINDOWS_AHEAD))


CALLS: dict[str, Callable[..., Any]] = {
    "prepare_text": lambda options: prepare_text(text_source(_options(options))),
    "prepare_image": lambda options: prepare_image(_options(options)),
    "load_text": _load_text,
    "load_image": _load_image,
    "encode": lambda options, texts: load_text_encoder(_options(options)).encode(texts),
    "encode_documents": lambda options, texts: load_text_encoder(_options(options)).encode_documents(texts),
    "token_spans": lambda options, text: load_text_encoder(_options(options)).token_spans(text),
    "encode_images": lambda options, images: load_image_encoder(_options(options)).encode_images(images),
    "encode_texts": lambda options, texts: load_image_encoder(_options(options)).encode_texts(texts),
}
STREAMS: dict[str, Callable[..., Iterator[Any]]] = {"stream_images": _stream_images}
