"""The projection layer: the closed form is the known one, folds keep sources apart, training writes what it claims."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from codices.resources.encoders import EncoderError, EncoderOptions, load_image_encoder
from codices.resources.encoders.towers.projection import (
    Projection,
    fit_ridge,
    fit_temperature,
    load_projection,
    save_projection,
)
from codices.resources.settings.encoder_options import SIGMOID, SOFTMAX, TrainingOptions
from codices.resources.training.data import FigurePair, figure_pairs, read_pairs
from codices.resources.training.examples import Examples
from codices.resources.training.losses import JUDGED_EVERY, fit_by_loss
from codices.resources.training.synthetic_figures import synthetic_figures
from codices.resources.training.training import CLOSED_FORM, Choice, Folds, folds_of, merits_of, train_projection
from tests.resources.encoders.test_pictures import figure


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_ridge_solves_the_normal_equations() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(2, 3, (60, 7)).astype(np.float32)
    targets = unit(chance.normal(size=(60, 4)))
    weights = chance.random(60).astype(np.float32)
    (layer,) = fit_ridge(features, targets, weights, [0.5])
    share = weights / weights.sum()
    mean = share @ features
    standard = (features - mean) / np.sqrt(share @ (features - mean) ** 2)
    gram = standard.T @ (share[:, None] * standard) + 0.5 * np.eye(7)
    expected = standard @ np.linalg.solve(gram, standard.T @ (share[:, None] * (targets - share @ targets)))
    np.testing.assert_allclose(layer.apply(features), unit(expected), atol=1e-4)


def test_projection_survives_its_file(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    layer = Projection(chance.normal(size=(7, 4)).astype(np.float32).T, np.ones(4, np.float32), 12.5)
    save_projection(layer, tmp_path / "layer.safetensors", {"data": "none"})
    read = load_projection(tmp_path / "layer.safetensors")
    np.testing.assert_allclose(read.weight, layer.weight, rtol=1e-3)
    assert read.logit_scale == pytest.approx(12.5)


def test_temperature_is_as_sure_as_it_is_right() -> None:
    chance = np.random.default_rng(0)
    prompts = np.eye(3, dtype=np.float32)
    layer = Projection(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 1.0)
    labels = chance.integers(0, 3, 400)
    features = (prompts[labels] + chance.normal(0, 0.6, (400, 3))).astype(np.float32)
    fitted = fit_temperature(layer, features, prompts, labels)
    logits = np.exp(fitted.logit_scale * fitted.apply(features))
    best = (logits / logits.sum(1, keepdims=True)).max(1).mean()
    right = (logits.argmax(1) == labels).mean()
    assert best == pytest.approx(right, abs=0.05)


def test_folds_never_split_a_source() -> None:
    folds = folds_of(Counter({"a": 50, "b": 20, "c": 20, "d": 10, "e": 9}), 3)
    assert folds == {"a": 0, "b": 1, "c": 2, "d": 1, "e": 2}


@pytest.mark.parametrize("method", [SOFTMAX, SIGMOID])
def test_losses_learn_what_the_start_does_not_know(method: str) -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(400, 12)).astype(np.float32)
    texts = unit(features @ chance.normal(size=(12, 6)))
    rows = [texts[[row]] for row in range(400)]
    examples = Examples(features, texts, texts, rows, np.array(["x"] * 400), np.full(400, 1 / 400, np.float32))
    none = examples.part(np.zeros(400, bool))
    start = Projection(chance.normal(size=(6, 12)).astype(np.float32), np.zeros(6, np.float32), 10.0)

    def distance(layer: Projection) -> float:
        return 1 - float((layer.apply(features) * texts).sum(1).mean())

    layers = list(fit_by_loss(method, start, examples, none, 0.0, steps=100, seed=0))
    assert len(layers) == 100 / JUDGED_EVERY
    assert distance(layers[-1]) < distance(layers[0]) < distance(start)
    *_, again = fit_by_loss(method, start, examples, none, 0.0, steps=50, seed=0)
    np.testing.assert_allclose(again.weight, layers[4].weight, atol=1e-5)


def some_examples(chance: np.random.Generator, count: int) -> Examples:
    features = chance.normal(size=(count, 8)).astype(np.float32)
    texts = unit(features @ chance.normal(size=(8, 4)) + chance.normal(size=(count, 4)))
    groups = np.array([f"source {row % 4}" for row in range(count)])
    weights = np.full(count, 1 / count, np.float32)
    return Examples(features, texts, texts, [texts[[row]] for row in range(count)], groups, weights)


def test_methods_are_judged_by_the_same_folds_with_the_same_rows() -> None:
    """A loss that has taken no step yet is the closed form, and has to have its score."""
    real = some_examples(np.random.default_rng(0), 60)
    choice = Choice(Folds(real, {f"source {fold}": fold for fold in range(4)}), real.part(np.zeros(60, bool)))
    for test in range(4):
        setting = choice.best_without(test)
        (closed,) = choice.curve_without(test, CLOSED_FORM, setting, seed=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("codices.resources.training.losses.RATE", 0.0)
            curve = choice.curve_without(test, SOFTMAX, setting, seed=1)
        np.testing.assert_allclose(curve, closed, atol=1e-6)


def test_a_layer_that_tells_nothing_apart_is_no_hit_and_one_that_is_not_finite_is_refused() -> None:
    real = some_examples(np.random.default_rng(0), 60)
    none = real.part(np.zeros(60, bool))
    same = Projection(np.zeros((4, 8), np.float32), np.ones(4, np.float32), 1.0)
    merits = merits_of(same, real, none)
    assert merits["rank percentile"] == pytest.approx(0.5, abs=0.01)
    assert merits["R@10 / chance"] == 0
    assert "kind accuracy" not in merits
    broken = Projection(np.full((4, 8), np.nan, np.float32), np.ones(4, np.float32), 1.0)
    with pytest.raises(EncoderError, match="not finite"):
        merits_of(broken, real, none)


def test_pictures_that_are_all_the_same_train_nothing(tmp_path: Path) -> None:
    pairs = [FigurePair(figure((60, 60)), (f"text {index}",), f"source {index % 4}") for index in range(8)]
    with pytest.raises(EncoderError, match="all the same"):
        train_projection(pairs, tmp_path / "layer", TrainingOptions(synthetic=0, synthetic_held_out=0, losses=()))
    assert not (tmp_path / "layer").exists()


def test_a_report_without_drawings_is_strict_json(tmp_path: Path) -> None:
    pairs = [
        FigurePair(drawn.image, drawn.captions, f"source {index % 4}")
        for index, drawn in enumerate(synthetic_figures(12, seed=9))
    ]
    options = TrainingOptions(synthetic=0, synthetic_held_out=0, folds=3, losses=())
    assert train_projection(pairs, tmp_path, options).kind_accuracy is None

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    written = json.loads((tmp_path / "report.json").read_text(), parse_constant=refuse)
    assert written["kind_accuracy"] is None
    assert written["steps"] == {"closed form": 0}


def test_a_broken_picture_is_named_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(figure((60, 60))[:90])
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps({"image": "broken.png", "alt": "a chart", "group": "g"}))
    with pytest.raises(EncoderError, match=r"broken\.png cannot be decoded"):
        train_projection(read_pairs(path), tmp_path, TrainingOptions(synthetic=0, synthetic_held_out=0))


def test_training_writes_a_layer_that_the_encoder_loads(tmp_path: Path) -> None:
    pairs = [
        FigurePair(drawn.image, drawn.captions, f"source {index % 4}", "CC0")
        for index, drawn in enumerate(synthetic_figures(24, seed=9))
    ]
    options = TrainingOptions(synthetic=18, synthetic_held_out=18, folds=3, losses=(SOFTMAX,))
    report = train_projection(pairs, tmp_path / "layer", options)
    assert report.pairs == 24
    assert report.sources == {f"source {index}": 6 for index in range(4)}
    assert set(report.methods) == {"closed form", SOFTMAX}
    written = json.loads((tmp_path / "layer" / "report.json").read_text())
    assert written["licences"] == {"CC0": 24}
    card = (tmp_path / "layer" / "MODEL_CARD.md").read_text()
    assert "| source 3 | 6 |" in card
    assert f"Shipped: **{report.chosen}**" in card
    page = (tmp_path / "layer" / "report.html").read_text()
    assert page.count("data:image/webp") == 24, "twelve found best, twelve worst"
    assert all(method in page for method in report.methods)
    encoder = load_image_encoder(EncoderOptions(projection=str(tmp_path / "layer" / "projection.safetensors")))
    assert encoder.encode_images([pairs[0].image]).shape == (1, 384)
    assert encoder.logit_scale == pytest.approx(report.logit_scale, rel=1e-4)


def test_pairs_of_too_few_sources_are_refused(tmp_path: Path) -> None:
    pairs = [FigurePair(figure((60, 60)), ("text",), f"source {index % 2}") for index in range(4)]
    with pytest.raises(EncoderError, match="2 sources"):
        train_projection(pairs, tmp_path, TrainingOptions(synthetic=0, synthetic_held_out=0))


def test_pairs_file_is_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(figure((60, 60)))
    path = tmp_path / "pairs.jsonl"
    good = {"image": "a.png", "alt": "", "caption": "a chart", "heading": "Memory", "group": "g", "licence": "MIT"}
    path.write_text(json.dumps(good) + "\n" + json.dumps({**good, "caption": "", "heading": ""}) + "\n")
    (pair,) = read_pairs(path)
    assert pair == FigurePair(figure((60, 60)), ("a chart", "a chart Memory"), "g", "MIT")
    path.write_text(json.dumps(good) + "\n" + json.dumps({**good, "image": "missing.png"}))
    with pytest.raises(EncoderError, match="line 2"):
        list(read_pairs(path))
    path.write_text(json.dumps({**good, "group": None}))
    with pytest.raises(EncoderError, match="no repo or group"):
        list(read_pairs(path))
    path.write_bytes(json.dumps({**good, "caption": "é"}, ensure_ascii=False).encode("latin-1"))
    with pytest.raises(EncoderError, match="line 1 is no pair"):
        list(read_pairs(path))


def test_pairs_file_may_have_a_byte_order_mark_blank_lines_and_any_character(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(figure((60, 60)))
    path = tmp_path / "pairs.jsonl"
    lines = [
        {"image": "a.png", "alt": " ", "caption": "one\u2028two\x85three", "repo": "r"},
        {"image": "a.png", "alt": " ", "repo": "r"},
    ]
    path.write_text("\ufeff" + "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n", "utf-8")
    (pair,) = read_pairs(path)
    assert pair.texts == ("one\u2028two\x85three",) * 2
    assert pair.name == "a.png"


def test_pairs_of_an_index_count_a_picture_once() -> None:
    rows = [
        {"image_id": "1", "caption": "A queue", "heading_path": ["Guide", "Queues"], "doc_id": "a"},
        {"image_id": "1", "caption": "Again", "heading_path": [], "doc_id": "b"},
        {"image_id": "2", "caption": "", "heading_path": ["Guide", "Nodes"], "doc_id": "b"},
        {"image_id": "3", "caption": None, "heading_path": None, "doc_id": "b"},
        {"image_id": "4", "caption": "Gone", "heading_path": [], "doc_id": "b"},
        {"image_id": None, "caption": "No picture", "heading_path": [], "doc_id": "b"},
    ]
    images = {"1": b"one", "2": b"two", "3": b"three"}
    assert list(figure_pairs(rows, images.get)) == [
        FigurePair(b"one", ("A queue", "A queue Queues Guide"), "a"),
        FigurePair(b"two", ("Nodes", "Nodes Guide"), "b"),
    ]
