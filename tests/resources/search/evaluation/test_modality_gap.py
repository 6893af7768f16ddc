"""Two cones in one space: the gap is measured, and taken out of queries only where pictures are found better."""

from __future__ import annotations

import numpy as np

from codices.resources.search.evaluation.modality_gap import MIN_PAIRS, measure_gap
from codices.resources.search.ranking.centring import centred


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def pairs(number: int, drift: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Captions and pictures of common content; captions also share a direction, in which some pictures lie too."""
    chance = np.random.default_rng(seed)
    content = chance.normal(size=(number, 64))
    aside = np.zeros(64)
    aside[0] = drift
    return unit(content + aside), unit(
        content + chance.normal(size=(number, 64)) * 0.8 + np.outer(chance.normal(size=number), aside)
    )


def test_what_all_captions_share_is_taken_out_where_that_finds_more():
    captions, pictures = pairs(300, drift=12.0)
    found = measure_gap(captions, pictures)
    assert found is not None
    assert found["gap"] > 0.5
    assert found["centred"]
    assert found["recall_centred"] > found["recall"] + 0.1


def test_without_a_gap_queries_stay_as_they_are():
    captions, pictures = pairs(300, drift=0.0)
    found = measure_gap(captions, pictures)
    assert found is not None
    assert found["gap"] < 0.3
    assert not found["centred"]
    assert measure_gap(captions[: MIN_PAIRS - 1], pictures[: MIN_PAIRS - 1]) is None


def test_centred_vectors_are_of_unit_length():
    captions, _ = pairs(40, drift=2.0)
    assert np.isclose(np.linalg.norm(centred(captions[0], captions.mean(0))), 1)
    assert np.array_equal(centred(captions[0], captions[0]), captions[0]), "nothing would be left"
