"""The way from image files to vectors: decoded in worker threads, a bounded number under way, run in full batches.

Decoding and the tower work at the same time; the order of the input is kept; memory does not grow with its length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import cycle

import numpy as np
from PIL import UnidentifiedImageError

from codices.resources.encoders.common.batching import Fitting, unit_vectors, windows
from codices.resources.encoders.common.interface import PictureError, Vectors
from codices.resources.encoders.common.preprocessing import Pixels, Preprocessing, decode
from codices.resources.encoders.towers.engines import Engine
from codices.resources.foundation.cores import usable_cores

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

    Raises PictureError, with the position of bytes that are no image.
    """
    size = engines[0].batch_size
    with (
        ThreadPoolExecutor(usable_cores(), "decode") as decoders,
        ThreadPoolExecutor(len(engines), "encode") as runners,
    ):
        under_way: deque[Future[np.ndarray]] = deque()
        # What fitted into memory stays the limit for the rest of the stream.
        run = cycle([Fitting(partial(_stacked, engine)) for engine in engines])
        position = 0
        try:
            for window in windows(images, size):
                pixels = [
                    decoders.submit(_decoded, data, preprocessing, position + offset)
                    for offset, data in enumerate(window)
                ]
                position += len(window)
                under_way.append(runners.submit(_run, next(run), pixels))
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
    except UnidentifiedImageError as error:
        raise PictureError(position, f"it is {error}") from error
    except Exception as error:  # Pillow's decoders raise a dozen kinds for broken files, and each is told
        raise PictureError(position, str(error) or type(error).__name__) from error


def _run(run: Fitting[Pixels], pixels: Sequence[Future[Pixels]]) -> np.ndarray:
    return run([future.result() for future in pixels])


def _stacked(engine: Engine, rows: Sequence[Pixels]) -> np.ndarray:
    return engine.run(np.stack(rows))
