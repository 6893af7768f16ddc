"""Encoders: texts and pictures to unit vectors. Importing this is cheap; torch comes with the first model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codices.resources.encoders.interface import EncoderError, ImageTextEncoder, TextEncoder, Vectors
from codices.resources.encoders.profiles import image_encoder_digest, text_encoder_digest
from codices.resources.settings.encoder_options import EncoderOptions

if TYPE_CHECKING:
    from codices.resources.encoders.open_clip_towers import OpenClipImageEncoder


def load_text_encoder(options: EncoderOptions) -> TextEncoder:
    """The text encoder of `options`; the same object for the same options, safe to share between threads.

    Raises EncoderError saying what was tried and how to get a model that is not there.
    """
    from codices.resources.encoders import loading

    return loading.load_text_encoder(options)


def load_image_encoder(options: EncoderOptions) -> OpenClipImageEncoder:
    """The image-text encoder of `options`; otherwise as `load_text_encoder`."""
    from codices.resources.encoders import loading

    return loading.load_image_encoder(options)


__all__ = [
    "EncoderError",
    "EncoderOptions",
    "ImageTextEncoder",
    "TextEncoder",
    "Vectors",
    "image_encoder_digest",
    "load_image_encoder",
    "load_text_encoder",
    "text_encoder_digest",
]
