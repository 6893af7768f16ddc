"""Queries with the mean of their modality taken out of them."""

from __future__ import annotations

import numpy as np

from codices.resources.encoders.common.interface import Vectors


def centred(vector: Vectors, mean: Vectors) -> Vectors:
    """A unit vector (d,) with `mean` (d,) taken out of it, of unit length again."""
    rest = vector - mean
    length = np.linalg.norm(rest)
    return (rest / length).astype(np.float32) if length > 1e-6 else vector
