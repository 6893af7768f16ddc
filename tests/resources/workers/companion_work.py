"""What the companion of the tests offers. Lives in a module of its own, since its process imports it."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from codices.resources.encoders.common.interface import PictureError
from codices.resources.workers.companion_process import Incoming


def _lengths(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of texts; one of them is the end of the process."""
    if "end of the process" in texts:
        ctypes.string_at(0)
    return np.array([[np.cos(len(text)), np.sin(len(text))] for text in texts], np.float32)


def _raise(kind: str) -> None:
    if kind == "own":
        raise PictureError(3, "no picture")
    raise KeyError("what a library raises")


def _doubled(numbers: Incoming) -> Iterator[int]:
    for number in numbers.windows(4, 2):
        if number < 0:
            raise ValueError("a negative number")
        yield 2 * number


CALLS: dict[str, Any] = {"lengths": _lengths, "raise": _raise, "process": os.getpid, "sleep": time.sleep}
STREAMS: dict[str, Any] = {"doubled": _doubled}
