"""Encoders: texts and pictures to unit vectors. Importing this is cheap; torch comes with the first model.

`load_…` loads a model into this process. `query_…` is for who searches: it needs no torch where the model was prepared.
`hosted_…` is for who indexes: the model is loaded in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from codices.resources.encoders.common.interface import EncoderError, ImageTextEncoder, TextEncoder, Vectors
from codices.resources.encoders.common.profiles import image_encoder_digest, text_encoder_digest
from codices.resources.settings.encoder_options import EncoderOptions

if TYPE_CHECKING:
    from codices.resources.encoders.common.kinds import ScoringEncoder
    from codices.resources.encoders.towers.open_clip_towers import OpenClipImageEncoder

Loading = Callable[[], AbstractContextManager[Any]]


def load_text_encoder(options: EncoderOptions) -> TextEncoder:
    """The text encoder of `options`; the same object for the same options, safe to share between threads.

    Raises EncoderError saying what was tried and how to get a model that is not there.
    """
    from codices.resources.encoders.towers import loading

    return loading.load_text_encoder(options)


def load_image_encoder(options: EncoderOptions) -> OpenClipImageEncoder:
    """The image-text encoder of `options`; otherwise as `load_text_encoder`."""
    from codices.resources.encoders.towers import loading

    return loading.load_image_encoder(options)


def query_text_encoder(options: EncoderOptions) -> TextEncoder:
    """An encoder for queries, prepared for the next time where it is not yet, and where the cache can be written;
    otherwise as `load_text_encoder`."""
    from codices.resources.encoders.prepared_encoders import ModelsHere, PreparedTextEncoder

    try:
        return PreparedTextEncoder(options, ModelsHere())
    except EncoderError:  # without a cache, or without the model: then this raises the same
        return load_text_encoder(options)


def query_image_encoder(options: EncoderOptions) -> ImageTextEncoder:
    """As `query_text_encoder`, for queries that are compared with pictures, and pictures to search with."""
    from codices.resources.encoders.prepared_encoders import ModelsHere, PreparedImageEncoder

    try:
        return PreparedImageEncoder(options, ModelsHere())
    except EncoderError:
        return load_image_encoder(options)


def hosted_text_encoder(options: EncoderOptions, loading: Loading = nullcontext) -> TextEncoder:
    """An encoder whose model is loaded in a process beside this one; `loading` is entered while it is.

    Raises EncoderError as `load_text_encoder` does, and where the cache cannot be written.
    """
    from codices.resources.encoders.hosted import HostedModels
    from codices.resources.encoders.prepared_encoders import PreparedTextEncoder

    return PreparedTextEncoder(options, HostedModels(loading))


def hosted_image_encoder(options: EncoderOptions, loading: Loading = nullcontext) -> ScoringEncoder:
    """As `hosted_text_encoder`, for pictures and the texts that are compared with them."""
    from codices.resources.encoders.hosted import HostedModels
    from codices.resources.encoders.prepared_encoders import PreparedImageEncoder

    return PreparedImageEncoder(options, HostedModels(loading))


__all__ = [
    "EncoderError",
    "EncoderOptions",
    "ImageTextEncoder",
    "TextEncoder",
    "Vectors",
    "hosted_image_encoder",
    "hosted_text_encoder",
    "image_encoder_digest",
    "load_image_encoder",
    "load_text_encoder",
    "query_image_encoder",
    "query_text_encoder",
    "text_encoder_digest",
]
