"""Trains the projection layer of `embedded` on figures and what is said of them, and writes down how good it is.

Pairs are split by where they come from: a figure of a repository is never judged by a layer that saw another figure of
that repository. Both towers stay as they are; only the layer between them is fitted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from codices.resources.encoders import load_image_encoder, load_text_encoder
from codices.resources.encoders.common.interface import EncoderError, PictureError, Vectors
from codices.resources.encoders.common.kinds import prompt_vectors
from codices.resources.encoders.towers.projection import Floats, Projection, fit_ridge, fit_temperature, save_projection
from codices.resources.settings.encoder_options import EncoderOptions, TrainingOptions
from codices.resources.training.data import FigurePair, frozen_features
from codices.resources.training.examples import Examples, TrainingReport
from codices.resources.training.losses import JUDGED_EVERY, PATIENCE, fit_by_loss
from codices.resources.training.page import training_page

Progress = Callable[[str], None]
CLOSED_FORM = "closed form"
PENALTIES = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0)
SYNTHETIC_SHARES = (0.3, 0.5)


def train_projection(
    pairs: Iterable[FigurePair],
    folder: Path,
    options: TrainingOptions = TrainingOptions(),  # noqa: B008 - frozen
    progress: Progress = lambda _: None,
) -> TrainingReport:
    """Fits the layer on `pairs` and on drawings; writes projection.safetensors, report.json, report.html and
    MODEL_CARD.md.

    Sources are split into folds, and each fold is tested by layers that were fitted, and whose penalty, share of
    drawings and number of steps were chosen, on the others. The layer that is written is fitted on all pairs.
    Raises EncoderError when there are fewer than three sources, when the figures or their texts are all the same, or
    when the `train` extra is not installed.
    """
    pairs = list(pairs)
    real = real_examples(pairs)
    sources = Counter(real.groups.tolist())
    if len(sources) < 3:
        raise EncoderError(f"pairs come from {len(sources)} sources; three are needed to fit, to choose and to test")
    progress(f"{len(pairs)} pairs of {len(sources)} sources encoded")
    drawn = drawn_examples(options.synthetic, options.seed, held_out=False)
    held_out = drawn_examples(options.synthetic_held_out, options.seed + 1, held_out=True)
    progress(f"{len(drawn.groups)} drawings encoded")
    folds = Folds(real, folds_of(sources, options.folds))
    choice = Choice(folds, drawn)
    methods: dict[str, dict[str, float]] = {}
    steps: dict[str, int] = {}
    standing = {method: np.zeros(len(pairs)) for method in (CLOSED_FORM, *options.losses)}
    for method in (CLOSED_FORM, *options.losses):
        tested: list[dict[str, float]] = []
        taken: list[int] = []
        for test in folds.numbers:
            setting = choice.best_without(test)
            curve = choice.curve_without(test, method, setting, options.seed)
            # A point every JUDGED_EVERY steps; the one point of the closed form is at none.
            taken.append(0 if method == CLOSED_FORM else (int(curve.argmin()) + 1) * JUDGED_EVERY)
            layer = fitted(method, folds.without(test), drawn, setting, taken[-1], options.seed)
            standing[method][folds.rows(test)] = _standing(layer, folds.part(test))
            merits = merits_of(layer, folds.part(test), held_out)
            tested.append({**merits, "validation rank percentile": float(curve.min())})
        methods[method] = {name: float(np.mean([each[name] for each in tested])) for name in tested[0]}
        steps[method] = round(float(np.mean(taken)) / JUDGED_EVERY) * JUDGED_EVERY
        progress(f"{method}: " + ", ".join(f"{name} {value:.3f}" for name, value in methods[method].items()))
    chosen = min(methods, key=lambda method: methods[method]["validation rank percentile"])
    share, penalty = choice.best()
    layer = fitted(chosen, real, drawn, (share, penalty), steps[chosen], options.seed)
    accuracy = None
    if len(held_out.groups):
        layer = fit_temperature(layer, held_out.features, kind_prompts(), kind_indices(held_out))
        accuracy = kind_accuracy(layer, held_out)
    report = TrainingReport(
        chosen, penalty, share, methods, steps, len(pairs), dict(sources), len(drawn.groups), options.seed, accuracy,
        layer.logit_scale, dict(Counter(pair.licence for pair in pairs)),
    )  # fmt: skip
    _write(folder, layer, report)
    (folder / "report.html").write_text(training_page(report, pairs, standing[chosen]), encoding="utf-8")
    return report


class Folds:
    """Pairs by fold of their source."""

    def __init__(self, real: Examples, fold_of_source: dict[str, int]) -> None:
        self._real = real
        self._fold = np.array([fold_of_source[group] for group in real.groups])
        self.numbers = range(max(fold_of_source.values()) + 1)

    def rows(self, fold: int) -> np.ndarray:
        """(n,) which pairs are of this fold."""
        return self._fold == fold

    def part(self, fold: int) -> Examples:
        return self._real.part(self.rows(fold))

    def without(self, *folds: int) -> Examples:
        return self._real.part(~np.isin(self._fold, folds))


class Choice:
    """Penalty, share of drawings and steps by nested cross-validation: for every two folds, layers fitted on the
    others. All methods are judged by the same folds, with the same rows to be fitted on."""

    def __init__(self, folds: Folds, drawn: Examples) -> None:
        self._folds, self._drawn = folds, drawn
        shares = SYNTHETIC_SHARES if len(drawn.groups) else (0.0,)
        self._settings = [(share, penalty) for share in shares for penalty in PENALTIES]
        # (tested, judged) -> a score for each setting, by layers that saw neither
        self._scores: dict[tuple[int, int], np.ndarray] = {}
        for first, second in combinations(folds.numbers, 2):
            rest = folds.without(first, second)
            layers = [layer for share in shares for layer in ridge(rest, drawn, share, PENALTIES)]
            for tested, judged in ((first, second), (second, first)):
                part = folds.part(judged)
                self._scores[tested, judged] = np.array([_rank_percentile(layer, part) for layer in layers])

    def _means(self, test: int | None) -> np.ndarray:
        return np.mean([scores for (tested, _), scores in self._scores.items() if test in (None, tested)], axis=0)

    def best_without(self, test: int) -> tuple[float, float]:
        """(share, penalty) chosen without a look at fold `test`."""
        return self._settings[int(self._means(test).argmin())]

    def curve_without(self, test: int, method: str, setting: tuple[float, float], seed: int) -> np.ndarray:
        """Mean rank percentiles of `method` with (share, penalty) `setting` on all folds but `test`: one for the
        closed form, which takes no steps; for a loss one after every JUDGED_EVERY steps, until PATIENCE of them were
        no better."""
        if method == CLOSED_FORM:
            return self._means(test)[[self._settings.index(setting)]]
        share, penalty = setting
        parts, paths = [], []
        for judged in self._folds.numbers:
            if judged != test:
                rest = self._folds.without(test, judged)
                start = ridge(rest, self._drawn, share, [penalty])[0]
                parts.append(self._folds.part(judged))
                paths.append(fit_by_loss(method, start, rest, self._drawn, share, seed=seed))
        curve: list[float] = []
        for layers in zip(*paths, strict=True):  # step by step on all folds
            scores = [_rank_percentile(layer, part) for layer, part in zip(layers, parts, strict=True)]
            curve.append(float(np.mean(scores)))
            if len(curve) - 1 - int(np.argmin(curve)) == PATIENCE:
                break
        return np.array(curve)

    def best(self) -> tuple[float, float]:
        return self._settings[int(self._means(None).argmin())]


def fitted(
    method: str, real: Examples, drawn: Examples, setting: tuple[float, float], steps: int, seed: int
) -> Projection:
    """The layer by `method` with (share, penalty) `setting`: the closed form, or `steps` of a loss from there."""
    share, penalty = setting
    layer = ridge(real, drawn, share, [penalty])[0]
    if method != CLOSED_FORM:
        *_, layer = fit_by_loss(method, layer, real, drawn, share, steps=steps, seed=seed)
    return layer


def merits_of(layer: Projection, real: Examples, drawn: Examples) -> dict[str, float]:
    """Figures found by their first text among all of `real`, against chance; kinds of `drawn` told apart, where there
    are any."""
    ranks = _ranks(layer, real)
    count = len(ranks)
    depth = min(10, count)
    kinds = {"kind accuracy": kind_accuracy(layer, drawn)} if len(drawn.groups) else {}
    return {
        "R@10 / chance": float((ranks < depth).mean() / (depth / count)),
        "median rank percentile": float(np.median(ranks / count)),
        "rank percentile": float((ranks / count).mean()),
        **kinds,
    }


def kind_accuracy(layer: Projection, drawn: Examples) -> float:
    """Share of drawings whose kind the settings' prompts find."""
    found = (layer.apply(drawn.features) @ kind_prompts().T).argmax(1)
    return float((found == kind_indices(drawn)).mean())


def _ranks(layer: Projection, real: Examples) -> np.ndarray:
    """(n,) how many figures stand before the right one, 0 for a hit; of those that tie with it, half."""
    scores = real.queries @ layer.apply(real.features).T
    right = np.diag(scores)[:, None]
    return (scores > right).sum(1) + ((scores == right).sum(1) - 1) / 2


def _standing(layer: Projection, real: Examples) -> np.ndarray:
    return _ranks(layer, real) / len(real.queries)


def _rank_percentile(layer: Projection, real: Examples) -> float:
    return float(_standing(layer, real).mean())


def ridge(real: Examples, drawn: Examples, share: float, penalties: Sequence[float]) -> list[Projection]:
    """The closed form on both kinds of rows, `share` of the weight on drawings; one layer for each penalty."""
    return fit_ridge(
        np.concatenate([real.features, drawn.features]),
        np.concatenate([real.targets, drawn.targets]),
        np.concatenate([real.weights * (1 - share), drawn.weights * share]),
        penalties,
    )


def folds_of(sources: Counter[str], count: int) -> dict[str, int]:
    """Source -> fold: the largest first, each into the fold with the fewest figures so far."""
    sizes = [0] * min(count, len(sources))
    folds: dict[str, int] = {}
    for source, size in sorted(sources.items(), key=lambda item: (-item[1], item[0])):
        folds[source] = sizes.index(min(sizes))
        sizes[folds[source]] += size
    return folds


def kind_prompts() -> Vectors:
    """(kinds, d): what the settings of a fresh installation say of each kind."""
    options = EncoderOptions()
    return prompt_vectors(load_image_encoder(options), options.figure_kinds, options.kind_prompts)


def kind_indices(drawn: Examples) -> np.ndarray:
    """(n,) position of each drawing's kind among `figure_kinds`."""
    kinds = list(EncoderOptions().figure_kinds)
    return np.array([kinds.index(kind) for kind in drawn.groups])


def real_examples(pairs: list[FigurePair]) -> Examples:
    """Features and texts of pairs. Raises EncoderError naming a picture that is broken."""
    sizes = Counter(pair.group for pair in pairs)
    # A source with a hundred figures says less that is new with each: it counts as its root.
    weights = np.array([sizes[pair.group] ** -0.5 for pair in pairs], np.float32)
    try:
        features = frozen_features(pair.image for pair in pairs)
    except PictureError as error:
        raise EncoderError(f"the figure {pairs[error.position].name} cannot be decoded: {error.reason}") from error
    return _examples(features, [pair.texts for pair in pairs], [pair.group for pair in pairs], weights)


def drawn_examples(count: int, seed: int, *, held_out: bool) -> Examples:
    """Features and texts of `count` synthetic figures, drawn and forgotten one by one."""
    try:
        from codices.resources.training.synthetic_figures import synthetic_figures
    except ModuleNotFoundError as error:
        raise EncoderError(f"training draws figures: pip install '.[train]' in the checkout ({error})") from error
    kinds: list[str] = []
    captions: list[tuple[str, ...]] = []

    def images() -> Iterator[bytes]:
        for figure in synthetic_figures(count, seed, held_out=held_out):
            kinds.append(figure.kind)
            captions.append(figure.captions)
            yield figure.image

    features = frozen_features(images())
    examples = _examples(features, captions, kinds, np.ones(len(kinds), np.float32))
    if not kinds:
        return examples
    # Towards the prompts too, by which kinds will be told apart.
    targets = examples.targets + kind_prompts()[kind_indices(examples)]
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    return Examples(examples.features, targets, examples.queries, examples.texts, examples.groups, examples.weights)


def _examples(features: Floats, texts: list[tuple[str, ...]], groups: list[str], weights: np.ndarray) -> Examples:
    encoder = load_text_encoder(EncoderOptions())
    distinct = list(dict.fromkeys(text for each in texts for text in each))
    row = {text: position for position, text in enumerate(distinct)}
    vectors = encoder.encode(distinct)
    each_text = [vectors[[row[text] for text in each]] for each in texts]
    dimension = encoder.dimension
    targets = np.array([each.mean(0) for each in each_text], np.float32).reshape(-1, dimension)
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    queries = np.array([each[0] for each in each_text], np.float32).reshape(-1, dimension)
    total = weights.sum() or 1
    return Examples(features, targets, queries, each_text, np.array(groups), (weights / total).astype(np.float32))


def _write(folder: Path, layer: Projection, report: TrainingReport) -> None:
    from codices.resources.training.model_card import model_card

    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"method": report.chosen, "pairs": str(report.pairs), "synthetic": str(report.synthetic)}
    save_projection(layer, folder / "projection.safetensors", metadata)
    (folder / "report.json").write_text(json.dumps(vars(report), indent=1, allow_nan=False), encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(model_card(report), encoding="utf-8")
