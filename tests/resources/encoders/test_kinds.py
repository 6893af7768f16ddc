"""Kinds of figures: zero-shot by prompts, softmax or sigmoid, unsure when nothing fits; and a third modality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from codices.resources.encoders import EncoderError, EncoderOptions, load_image_encoder
from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.common.kinds import (
    UNSURE,
    KindClassifier,
    classify_image,
    label_probabilities,
    prompt_vectors,
)
from codices.resources.training.synthetic_figures import DRAWINGS, synthetic_figures

OPTIONS = EncoderOptions()


class Words:
    """A test double: texts are bags of the letters a to h, pictures are given as such texts."""

    name, digest, dimension = "words", "0", 8
    logit_scale: float = 10.0
    logit_bias: float | None = None

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        counts = np.array([[text.count(letter) for letter in "abcdefgh"] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        return self.encode_texts([image.decode() for image in images])

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        yield self.encode_images(images)


class Microphone(Words):
    """The third modality: sound in the same space. It brings vectors, so that search and kinds work as they are."""

    def encode_sounds(self, sounds: Iterable[bytes]) -> Vectors:
        return self.encode_texts([sound.decode() for sound in sounds])


def test_kind_is_the_nearest_prompt_and_unsure_under_the_threshold() -> None:
    options = EncoderOptions(
        figure_kinds={"first": ("a",), "second": ("b", "c")}, kind_prompts=("{}",), unsure_below=0.95
    )
    classifier = KindClassifier(Words(), options)
    (first, second, between) = classifier.classify(Words().encode_images([b"a", b"bc", b"abc"]))
    assert first[0] == "first"
    assert second[0] == "second"
    assert second[1] == pytest.approx(1 / (1 + np.exp(-10)), abs=1e-6)
    assert between[0] == UNSURE
    assert 0.5 <= between[1] < 0.95


def test_sigmoid_models_give_every_label_its_own_probability() -> None:
    encoder = Words()
    encoder.logit_bias = -5.0
    prototypes = prompt_vectors(encoder, {"a": ("a",), "ab": ("ab",)}, ("{}",))
    (row,) = label_probabilities(encoder, encoder.encode_texts(["a"]), prototypes)
    np.testing.assert_allclose(row, [1 / (1 + np.exp(-5)), 1 / (1 + np.exp(5 - 10 / np.sqrt(2)))], rtol=1e-5)
    assert row.sum() > 1


def test_a_third_modality_shares_the_space() -> None:
    encoder = Microphone()
    options = EncoderOptions(figure_kinds={"drum": ("d",), "horn": ("h",)}, kind_prompts=("{}",))
    found = KindClassifier(encoder, options).classify(encoder.encode_sounds([b"ddd", b"hhhd"]))
    assert [kind for kind, _ in found] == ["drum", "horn"]


def test_drawn_figures_are_recognised_by_the_embedded_model() -> None:
    """Nine of ten by the model card; a few of each kind here, in styles that training never saw."""
    figures = list(synthetic_figures(36, seed=77, held_out=True))
    encoder = load_image_encoder(OPTIONS)
    found = KindClassifier(encoder, OPTIONS).probabilities(encoder.encode_images(figure.image for figure in figures))
    kinds = list(OPTIONS.figure_kinds)
    right = [kinds[int(row.argmax())] == figure.kind for row, figure in zip(found, figures, strict=True)]
    assert np.mean(right) >= 0.75
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_classify_image_orders_labels_by_probability(tmp_path: Path) -> None:
    (figure,) = synthetic_figures(1, seed=5, kinds=("terminal",))
    path = tmp_path / "screen.jpg"
    path.write_bytes(figure.image)
    encoder = load_image_encoder(OPTIONS)
    found = classify_image(path, ["pie chart", "terminal", "photo"], encoder, OPTIONS)
    assert next(iter(found)) == "terminal"
    assert list(found.values()) == sorted(found.values(), reverse=True)
    path.write_text("no picture")
    with pytest.raises(EncoderError, match=r"screen\.jpg"):
        classify_image(path, ["photo"], encoder, OPTIONS)


def test_settings_without_a_place_for_the_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        EncoderOptions(kind_prompts=("a figure",))
    with pytest.raises(ValueError, match="no kind"):
        EncoderOptions(figure_kinds={})


def test_other_braces_in_a_prompt_are_letters() -> None:
    prototypes = prompt_vectors(Words(), {"first": ("a",)}, ("{} of {x}",))
    np.testing.assert_allclose(prototypes, Words().encode_texts(["a of {x}"]), atol=1e-6)


def test_drawings_are_the_same_for_one_seed_and_cover_every_kind() -> None:
    assert set(DRAWINGS) == set(OPTIONS.figure_kinds)
    first, second = (list(synthetic_figures(4, seed=3)) for _ in range(2))
    assert first == second
    assert [figure.image for figure in first] != [figure.image for figure in synthetic_figures(4, seed=4)]
