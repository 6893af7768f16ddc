"""The modality gap: in the space of an image-text model texts lie in one cone and pictures in another (Liang et al.,
"Mind the Gap", NeurIPS 2022). Measured here on a corpus's own captions, and taken out of queries where that helps."""

from __future__ import annotations

from typing import Any

import numpy as np

from codices.resources.encoders.common.interface import Vectors
from codices.resources.search.evaluation.metrics import interval
from codices.resources.search.ranking.centring import centred

MIN_PAIRS = 30
"""Pictures with a caption under which nothing is measured."""

K = 10


def measure_gap(captions: Vectors, pictures: Vectors) -> dict[str, Any] | None:
    """What is known of the two modalities from `captions` and `pictures`, both (n, d) unit vectors, row i of one pair.

    None with fewer than MIN_PAIRS pairs; else, as JSON,
    `gap`: distance of the two means (0 to 2), `text_mean` and `image_mean`: those means, (d,);
    `recall` and `recall_centred`: share of captions whose own picture is among the K nearest, as they are, and with the
    captions' mean taken out of them; `centred`: whether that is better beyond doubt (paired bootstrap, 95 %).
    """
    if len(captions) < MIN_PAIRS:
        return None
    text_mean, image_mean = captions.mean(0), pictures.mean(0)
    plain = _found(captions, pictures)
    moved = _found(np.stack([centred(vector, text_mean) for vector in captions]), pictures)
    change = interval(moved - plain)
    return {
        "gap": round(float(np.linalg.norm(text_mean - image_mean)), 4),
        "text_mean": [round(float(value), 6) for value in text_mean],
        "image_mean": [round(float(value), 6) for value in image_mean],
        "pairs": len(captions),
        "recall": round(float(plain.mean()), 4),
        "recall_centred": round(float(moved.mean()), 4),
        "change": change,
        "centred": change["low"] > 0,
    }


def _found(queries: Vectors, pictures: Vectors) -> np.ndarray:
    """Per query 1 where its own picture is among the K most similar, else 0."""
    similarities = queries @ pictures.T
    own = np.diagonal(similarities)[:, None]
    return ((similarities > own).sum(axis=1) < K).astype(float)
