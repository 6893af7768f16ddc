"""What an encoder is, whatever model stands behind it. One interface per modality, one shared space per model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EncoderError(Exception):
    """A model that cannot be loaded or used: says what was tried and how to get it."""


class PictureError(EncoderError):
    """Bytes that are no picture: `position` among those given, counted from 0, and the reason."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"image {position} of the batch cannot be decoded: {reason}")
        self.position = position
        self.reason = reason

    def __reduce__(self) -> tuple[type[PictureError], tuple[int, str]]:
        return PictureError, (self.position, self.reason)  # it comes from another process, too


@contextmanager
def trying(what: str) -> Iterator[None]:
    """Whatever a library raises for a model's files (a dozen kinds) becomes an EncoderError: `what`, and the reason."""
    try:
        yield
    except EncoderError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise EncoderError(f"{what} ({type(error).__name__}: {reason})") from error


class TextEncoder(Protocol):
    """Text to text-space vectors (`text_vector`)."""

    name: str  # model and tag, as the user would write it
    digest: str  # SHA-256 over the weights and everything else that changes a vector
    dimension: int
    max_tokens: int  # what the model reads; longer text is cut

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit length, never NaN, in the order given. For queries: in full precision on a
        processor, so that a vector does not depend on what else is encoded with it."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """The same for what is indexed: in the precision in which this machine is fast."""
        ...

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Character span of every token of `text`, without special tokens: what chunks are measured with."""
        ...


class ImageTextEncoder(Protocol):
    """Pictures and the texts that describe them, in one space (`image_vector`)."""

    name: str
    digest: str
    dimension: int

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        """Encoded image files (PNG, JPEG, WebP) to (n, dimension) float32, unit length. Raises PictureError
        with the position of bytes that are no image."""
        ...

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        """The same, batch by batch in the order given, while the next pictures are decoded: memory stays flat."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Queries or labels to (n, dimension) float32, unit length, in the space of `encode_images`."""
        ...
