"""A text or picture that an encoder cannot do is told apart from the rest of its batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.common.sparing import PLAIN_TEXT, vectors_or_faults
from codices.resources.foundation.failures import Failure


def encode(texts: Sequence[str]) -> Vectors:
    if "bad" in texts:
        raise IndexError("token out of range")
    vectors = np.zeros((len(texts), 2), np.float32)
    vectors[np.arange(len(texts)), [len(text) % 2 for text in texts]] = 1
    vectors[[text == "nan" for text in texts]] = np.nan
    return vectors


def test_only_those_at_fault_fail():
    outcomes = vectors_or_faults(encode, ["a", "bb", "bad", "ccc", "nan", "d"], PLAIN_TEXT)
    failed = [outcome.message if isinstance(outcome, Failure) else None for outcome in outcomes]
    assert [outcome is None for outcome in failed] == [True, True, False, True, False, True]
    assert str(failed[2]).startswith("IndexError: token out of range (test_sparing.py:")
    assert [tuple(vector) for vector in outcomes[:2] if not isinstance(vector, Failure)] == [(0, 1), (1, 0)]


def test_an_encoder_that_does_nothing_is_an_error_of_its_own():
    def broken(texts: Sequence[str]) -> Vectors:
        raise RuntimeError("no device")

    with pytest.raises(RuntimeError, match="no device"):
        vectors_or_faults(broken, ["a", "b"], PLAIN_TEXT)
