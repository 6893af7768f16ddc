"""The way from image files to vectors: decoded in worker threads, a bounded number under way, run in full batches.

Decoding and the tower work at the same time; the order of the input is kept; memory does not grow with its length.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle

import numpy as np

from resources.encoders.batching import halving, unit_vectors, windows
from resources.encoders.engines import Engine
from resources.encoders.interface import EncoderError, Vectors
from resources.encoders.pictures import Pixels, Preprocessing, decode

BATCHES_AHEAD = 2  # per engine: one runs, one is decoded


def encode_stream(
    images: Iterable[bytes], engines: Sequence[Engine], preprocessing: Preprocessing, dimension: int | None = None
) -> Iterator[Vectors]:
    """Unit vectors of the first `dimension` components, otherwise as `run_stream`."""
    return (unit_vectors(batch, dimension) for batch in run_stream(images, engines, preprocessing))


def run_stream(
    images: Iterable[bytes], engines: Sequence[Engine], preprocessing: Preprocessing
) -> Iterator[np.ndarray]:
    """What the engines return, (batch, d) float32 at a time, in the order of `images`; engines take batches in turn.

    Raises EncoderError naming the position of bytes that are no image.
    """
    size = engines[0].batch_size
    with (
        ThreadPoolExecutor(os.cpu_count() or 1, "decode") as decoders,
        ThreadPoolExecutor(len(engines), "encode") as runners,
    ):
        under_way: deque[Future[np.ndarray]] = deque()
        engine = cycle(engines)
        position = 0
        try:
            for window in windows(images, size):
                pixels = [
                    decoders.submit(_decoded, data, preprocessing, position + offset)
                    for offset, data in enumerate(window)
                ]
                position += len(window)
                under_way.append(runners.submit(_run, next(engine), pixels))
                if len(under_way) >= BATCHES_AHEAD * len(engines):
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            decoders.shutdown(wait=False, cancel_futures=True)
            runners.shutdown(wait=True, cancel_futures=True)


def _decoded(data: bytes, preprocessing: Preprocessing, position: int) -> Pixels:
    try:
        return decode(data, preprocessing)
    except (OSError, ValueError, SyntaxError) as error:
        raise EncoderError(f"image {position} of the batch cannot be decoded: {error}") from error


def _run(engine: Engine, pixels: Sequence[Future[Pixels]]) -> np.ndarray:
    batch = [future.result() for future in pixels]
    return halving(lambda rows: engine.run(np.stack(rows)), batch)
