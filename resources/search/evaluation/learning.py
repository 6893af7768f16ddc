"""Leg weights and the kind of fusion, learned from judged queries instead of guessed, and only where that holds up.

Every leg is run once per query; each setting of a grid is then scored on the kept lists. What is adopted has to win on
queries that it was not chosen on:
- repeated cross-validation gives every query a score under a setting chosen without it;
- among settings within one standard error of the best, the one nearest to the default is taken (the one-standard-error
  rule of Breiman et al., CART 1984), so noise does not move weights;
- a leg that the default does without needs an interval of what it brings above 0 to get a weight; one that the default
  has needs an interval below 0 to lose it: off takes what on takes. This choice is made inside the folds, too;
- it is adopted only if the paired bootstrap interval of its gain over the default, on held-out queries, is above 0, and
  no type of query loses more than MAX_LOSS. Otherwise the default without the legs that harm it is tried the same way.
  Otherwise the default stands, and the measurements are stored all the same.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from codices.resources.search.evaluation.evidence import Evidence, gather_evidence
from codices.resources.search.evaluation.leg_lists import LegLists
from codices.resources.search.evaluation.metrics import interval
from codices.resources.search.index import Index
from codices.resources.search.query.queries import QueryRow
from codices.resources.search.ranking.weights import FusionPlan
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import RRF_K, Fusion

MIN_QUERIES = 20
"""Judged queries with an answer that a leg finds, under which nothing is learned: an interval over fewer is wider than
any gain."""

MAX_LOSS = 0.01
FOLDS = 5
REPEATS = 3
_SEED = 20090719
_SHARES = tuple(round(0.1 * step, 1) for step in range(11))
_IMAGE_SHARES = (0.0, 0.1, 0.2, 0.35)
_KINDS: tuple[tuple[Fusion, int], ...] = (("rrf", RRF_K), ("rrf", 20), ("rrf", 60), ("convex", RRF_K))


@dataclass(frozen=True)
class Setting:
    """A point of the grid. Weights sum to 1; those of exact matches are not learned."""

    fusion: Fusion
    k: int
    bm25: float
    text_vector: float
    image_vector: float

    def plan(self, base: FusionPlan) -> FusionPlan:
        legs = {"bm25": self.bm25, "text_vector": self.text_vector, "image_vector": self.image_vector}
        return FusionPlan(self.fusion, self.k, {**base.weights, **legs})


@dataclass(frozen=True)
class Calibration:
    """What was learned, as a release stores it (`as_json`), whether or not it was `adopted`.

    `gain`: held-out nDCG@10 of what cross-validation chose, less the default's. `over_best_leg`: the stored setting
    less the best single leg, per type. `leg_gain`: the chosen setting less itself without that leg. `optimism`: how
    much better the choice looked on the queries it was chosen on than on others.
    """

    adopted: bool
    fusion: Fusion
    k: int
    weights: Mapping[str, float]
    queries: int
    source: str
    gain: Mapping[str, float]
    optimism: float
    held_out: float
    default: float
    legs: Mapping[str, float] = field(default_factory=dict)
    leg_gain: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    over_best_leg: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    by_type: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    profile: str = "embedded"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def calibrate(
    index: Index,
    queries: Sequence[QueryRow],
    judgements: Mapping[str, Mapping[str, int]],
    *,
    level: Level = "source",
    source: str = "judged",
) -> Calibration | None:
    """Learn from `queries` (text, type, modality) and `judgements` (query -> id of `level` -> grade).

    None with fewer than MIN_QUERIES judged queries that any leg answers. Queries of every type count the same in total.
    """
    return learn_from(index, gather_evidence(index, queries, judgements, level), source)


def learn_from(index: Index, evidence: Evidence, source: str = "judged") -> Calibration | None:
    """The calibration that `evidence` gives; None where less than MIN_QUERIES of it is of use."""
    if len(evidence.useful) < MIN_QUERIES:
        return None
    types = [query.type or "all" for query in evidence.useful]
    return learn(evidence.lists, types, index.default_plan, source=source, profile=index.profile)


class _Scores:
    """Setting -> score of every query (queries,), each computed once."""

    def __init__(self, lists: Sequence[LegLists], default: FusionPlan) -> None:
        self._lists, self._default = lists, default
        self._known: dict[Setting, np.ndarray] = {}

    def __call__(self, setting: Setting) -> np.ndarray:
        if setting not in self._known:
            plan = setting.plan(self._default)
            self._known[setting] = np.array([each.score(plan) for each in self._lists])
        return self._known[setting]


@dataclass(frozen=True)
class _Sample:
    """Weights of queries, summing to 1, and their types; both (queries,)."""

    weights: np.ndarray
    types: np.ndarray

    @property
    def kinds(self) -> list[str]:
        return sorted(set(self.types.tolist()))

    def part(self, inside: np.ndarray) -> _Sample:
        return _Sample(self.weights[inside] / self.weights[inside].sum(), self.types[inside])

    def interval(self, differences: np.ndarray) -> dict[str, float]:
        return interval(self.weights * differences * len(differences))


Choice = tuple[Setting, dict[str, dict[str, float]]]
"""A setting, and what each of its legs brings: leg -> interval."""


@dataclass(frozen=True)
class _Trial:
    """A way to choose, tried: what it chooses from all queries, and what it gave on those held out."""

    chosen: Setting
    leg_gain: dict[str, dict[str, float]]
    gain: dict[str, float]
    by_type: dict[str, dict[str, float]]
    held_out: float
    optimism: float

    @property
    def wins(self) -> bool:
        """Surely better than the default, and worse for no type of query."""
        return self.gain["low"] > 0 and all(change["mean"] >= -MAX_LOSS for change in self.by_type.values())


def learn(
    lists: Sequence[LegLists], types: Sequence[str], default: FusionPlan, *, source: str, profile: str = "embedded"
) -> Calibration:
    """The calibration of `lists`, one per query with its type, against the plan `default`."""
    scored = _Scores(lists, default)
    grid = _grid()
    start = _nearest_to(default)
    scores = np.array([scored(setting) for setting in grid])
    standing = np.array([each.score(default) for each in lists])
    distances = np.array([_distance(setting, start) for setting in grid])
    sample = _Sample(_type_weights(types), np.array(types))

    def from_grid(inside: np.ndarray) -> Choice:
        part = sample.part(inside)
        chosen = grid[_choose(scores[:, inside], part.weights, distances)]
        return _without_useless_legs(chosen, default, lambda setting: scored(setting)[inside], part)

    def from_default(inside: np.ndarray) -> Choice:
        return _without_useless_legs(start, default, lambda setting: scored(setting)[inside], sample.part(inside))

    trial = _tried(from_grid, scored, sample, standing)
    adopted = trial.wins
    if not adopted:
        lighter = _tried(from_default, scored, sample, standing)
        if lighter.chosen != start and lighter.wins:
            trial, adopted = lighter, True
    chosen = trial.chosen
    legs = {
        leg: np.array([each.score(_single(leg, default)) for each in lists])
        for leg in ("bm25", "text_vector", "image_vector")
    }
    stored = scored(chosen) if adopted else standing
    over_best = {}
    for kind in sample.kinds:
        members = sample.types == kind
        best = max(legs.values(), key=lambda values, members=members: float(values[members].mean()))
        over_best[kind] = interval((stored - best)[members])
    plan = chosen.plan(default) if adopted else default
    return Calibration(
        adopted=adopted,
        fusion=plan.kind,
        k=plan.k,
        weights=dict(plan.weights),
        queries=len(lists),
        source=source,
        gain=trial.gain,
        optimism=round(trial.optimism, 4),
        held_out=round(trial.held_out, 4),
        default=round(float(sample.weights @ standing), 4),
        legs={leg: round(float(sample.weights @ values), 4) for leg, values in legs.items()},
        leg_gain=trial.leg_gain,
        over_best_leg=over_best,
        by_type=trial.by_type,
        profile=profile,
    )


def _grid() -> list[Setting]:
    return [
        Setting(kind, k, round((1 - image) * share, 4), round((1 - image) * (1 - share), 4), image)
        for (kind, k), share, image in itertools.product(_KINDS, _SHARES, _IMAGE_SHARES)
    ]


def _nearest_to(plan: FusionPlan) -> Setting:
    legs = [plan.weights.get(leg, 0.0) for leg in ("bm25", "text_vector", "image_vector")]
    total = sum(legs) or 1.0
    return Setting(plan.kind, plan.k, *(weight / total for weight in legs))


def _distance(one: Setting, other: Setting) -> float:
    moved = abs(one.bm25 - other.bm25) + abs(one.text_vector - other.text_vector)
    return moved + abs(one.image_vector - other.image_vector) + (one.fusion != other.fusion) + 0.1 * (one.k != other.k)


def _type_weights(types: Sequence[str]) -> np.ndarray:
    """One weight per query, summing to 1, the same in total for every type."""
    counts: dict[str, int] = defaultdict(int)
    for kind in types:
        counts[kind] += 1
    return np.array([1 / (len(counts) * counts[kind]) for kind in types])


def _choose(scores: np.ndarray, weights: np.ndarray, distances: np.ndarray) -> int:
    """The setting nearest to the default among those within one standard error of the best. `scores` (settings,
    queries), `weights` (queries) summing to 1."""
    means = scores @ weights
    best = int(np.argmax(means))
    behind = scores[best] - scores
    gaps = behind @ weights
    errors = np.sqrt(((behind - gaps[:, None]) ** 2) @ (weights**2))
    near = np.flatnonzero(gaps <= errors + 1e-12)
    return int(min(near, key=lambda number: (distances[number], -means[number])))


def _tried(choose: Callable[[np.ndarray], Choice], scored: _Scores, sample: _Sample, standing: np.ndarray) -> _Trial:
    """What `choose` (mask of queries -> setting) gives on queries that it did not see, against `standing`."""
    held_out, optimism = _cross_validated(lambda inside: choose(inside)[0], scored, sample)
    chosen, leg_gain = choose(np.ones(len(standing), bool))
    change = held_out - standing
    by_type = {kind: interval(change[sample.types == kind]) for kind in sample.kinds}
    return _Trial(chosen, leg_gain, sample.interval(change), by_type, float(sample.weights @ held_out), optimism)


def _cross_validated(
    choose: Callable[[np.ndarray], Setting], scored: _Scores, sample: _Sample
) -> tuple[np.ndarray, float]:
    """Per query the mean score of settings chosen without it, and how much better they looked where chosen."""
    rng = np.random.default_rng(_SEED)
    held_out = np.zeros(len(sample.weights))
    optimism: list[float] = []
    for _ in range(REPEATS):
        fold = np.zeros(len(held_out), np.int64)
        for kind in sample.kinds:  # every fold has its share of every type
            members = rng.permutation(np.flatnonzero(sample.types == kind))
            fold[members] = np.arange(len(members)) % FOLDS
        for number in range(FOLDS):
            inside, outside = fold != number, fold == number
            if not outside.any() or not inside.any():
                continue
            scores = scored(choose(inside))
            held_out[outside] += scores[outside] / REPEATS
            seen, unseen = sample.part(inside).weights, sample.part(outside).weights
            optimism.append(float(scores[inside] @ seen - scores[outside] @ unseen))
    return held_out, float(np.mean(optimism))


def _without_useless_legs(
    setting: Setting, default: FusionPlan, scores: Callable[[Setting], np.ndarray], sample: _Sample
) -> Choice:
    """`setting` with weight 0 for legs that it is better without, and what each leg brings.

    A leg that the default does without must bring something for sure. One that it has must harm for sure, and no type
    of query may lose more than MAX_LOSS without it.
    """
    gains: dict[str, dict[str, float]] = {}
    for leg in ("image_vector", "text_vector", "bm25"):
        if getattr(setting, leg) <= 0:
            continue
        others = {name: getattr(setting, name) for name in ("bm25", "text_vector", "image_vector") if name != leg}
        total = sum(others.values())
        if total <= 0:
            continue
        without = Setting(setting.fusion, setting.k, **{leg: 0.0, **{n: w / total for n, w in others.items()}})
        brought = scores(setting) - scores(without)
        gains[leg] = sample.interval(brought)
        if default.weights.get(leg, 0) > 0:
            useless = gains[leg]["high"] < 0 and all(
                brought[sample.types == kind].mean() <= MAX_LOSS for kind in sample.kinds
            )
        else:
            useless = gains[leg]["low"] <= 0
        if useless:
            setting = without
    return setting, gains


def _single(leg: str, default: FusionPlan) -> FusionPlan:
    """One leg alone, without the exact legs either."""
    return FusionPlan(default.kind, default.k, {leg: 1.0})
