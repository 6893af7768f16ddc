"""Leg weights and the kind of fusion, learned from judged queries instead of guessed, and only where that holds up.

Every leg is run once per query; each setting of a grid is then scored on the kept lists. What is adopted has to win on
queries that it was not chosen on:
- repeated cross-validation gives every query a score under a setting chosen without it;
- among settings within one standard error of the best, the one nearest to the default is taken (the one-standard-error
  rule of Breiman et al., CART 1984), so noise does not move weights;
- a leg gets 0 where leaving it out scores as well; one that the default does without needs an interval above 0;
- it is adopted only if the paired bootstrap interval of its gain over the default, on held-out queries, is above 0, and
  no type of query loses more than MAX_LOSS. Otherwise the default stands, and the measurements are stored all the same.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from resources.search.fusion import Ranking, normalised_scores, reciprocal_ranks
from resources.search.grouping import group_key
from resources.search.index import Index, LegRankings
from resources.search.metrics import interval
from resources.search.options import Fusion, Level
from resources.search.queries import QueryRow, clean_query
from resources.search.weights import FusionPlan, plan_for

MIN_QUERIES = 20
"""Judged queries under which nothing is learned: an interval over fewer is wider than any gain."""

MAX_QUERIES = 400
MAX_LOSS = 0.01
FOLDS = 5
REPEATS = 3
K = 10
_SEED = 20090719
_SHARES = tuple(round(0.1 * step, 1) for step in range(11))
_IMAGE_SHARES = (0.0, 0.1, 0.2, 0.35)
_KINDS: tuple[tuple[Fusion, int], ...] = (("convex", 60), ("rrf", 10), ("rrf", 60))


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


class LegLists:
    """One query's legs, kept in arrays so that a setting is scored in microseconds."""

    def __init__(self, rankings: LegRankings, level: Level, grades: Mapping[str, int]):
        self.analysis = rankings.analysis
        keys = sorted({key for ranking in rankings.rankings for key in ranking.keys})
        position = {key: number for number, key in enumerate(keys)}
        groups: dict[str, int] = {}
        gains: list[float] = []
        self._group = np.zeros(len(keys), np.int64)
        for key in keys:
            place = rankings.places[key]
            name = place.element_id if level == "element" else group_key(place, level)
            if name not in groups:
                groups[name] = len(groups)
                gains.append(float(grades.get(name, 0)))
            self._group[position[key]] = groups[name]
        self._gains = np.array(gains)
        ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:K]
        self._ideal = sum(grade / math.log2(rank + 2) for rank, grade in enumerate(ideal))
        self._rankings, self._position = rankings, position
        self._parts: dict[tuple[Fusion, int], dict[str, np.ndarray]] = {}

    def score(self, plan: FusionPlan) -> float:
        """nDCG@10 of the fused list."""
        weights = plan_for(plan, self.analysis).weights
        scores = np.zeros(len(self._group))
        for leg, part in self._legs(plan.kind, plan.k).items():
            scores += weights.get(leg, 0.0) * part
        if not len(scores) or not self._ideal:
            return 0.0
        best = np.full(len(self._gains), -1.0)
        np.maximum.at(best, self._group, scores)
        top = np.argsort(-best, kind="stable")[:K]
        top = top[best[top] > 0]
        return float((self._gains[top] / np.log2(np.arange(len(top)) + 2)).sum() / self._ideal)

    def _legs(self, kind: Fusion, k: int) -> dict[str, np.ndarray]:
        if (kind, k) not in self._parts:
            self._parts[kind, k] = {
                ranking.leg: _spread(ranking, kind, k, self._rankings.depth, self._position)
                for ranking in self._rankings.rankings
            }
        return self._parts[kind, k]


def _spread(ranking: Ranking, kind: Fusion, k: int, depth: int, position: Mapping[str, int]) -> np.ndarray:
    part = np.zeros(len(position))
    values = reciprocal_ranks(ranking, k) if kind == "rrf" else normalised_scores(ranking, depth)
    if values:
        part[[position[key] for key in ranking.keys]] = values
    return part


def calibrate(
    index: Index,
    queries: Sequence[QueryRow],
    judgements: Mapping[str, Mapping[str, int]],
    *,
    level: Level = "source",
    source: str = "judged",
) -> Calibration | None:
    """Learn from `queries` (text, type, modality) and `judgements` (query -> id of `level` -> grade).

    None with fewer than MIN_QUERIES judged queries; blank ones are left out. Of more than MAX_QUERIES, a fixed sample
    is taken. Queries of every type count the same in total.
    """
    judged = [
        query
        for query in queries
        if clean_query(query.text) and any(grade > 0 for grade in judgements.get(query.id, {}).values())
    ]
    if len(judged) < MIN_QUERIES:
        return None
    if len(judged) > MAX_QUERIES:
        picks = np.random.default_rng(_SEED).choice(len(judged), MAX_QUERIES, replace=False)
        judged = [judged[pick] for pick in sorted(picks)]
    lists = [
        LegLists(rankings, level, judgements[query.id])
        for query, rankings in zip(judged, index.leg_rankings(judged, limit=index.options.depth), strict=True)
    ]
    types = [query.type or "all" for query in judged]
    return learn(lists, types, index.default_plan, source=source, profile=index.profile)


def learn(
    lists: Sequence[LegLists], types: Sequence[str], default: FusionPlan, *, source: str, profile: str = "embedded"
) -> Calibration:
    """The calibration of `lists`, one per query with its type, against the plan `default`."""
    grid = _grid()
    start = _nearest_to(default)
    scores = np.array([[each.score(setting.plan(default)) for each in lists] for setting in grid])
    standing = np.array([each.score(default) for each in lists])
    weights = _type_weights(types)
    distances = np.array([_distance(setting, start) for setting in grid])
    held_out, optimism = _cross_validated(scores, weights, distances, types)
    chosen = grid[_choose(scores, weights, distances)]
    chosen, leg_gain = _without_idle_legs(chosen, default, lists, weights)
    chosen_scores = np.array([each.score(chosen.plan(default)) for each in lists])
    gain = interval(weights * (held_out - standing) * len(lists))
    by_type = {kind: interval((held_out - standing)[_members(types, kind)]) for kind in sorted(set(types))}
    adopted = gain["low"] > 0 and all(change["mean"] >= -MAX_LOSS for change in by_type.values())
    legs = {
        leg: np.array([each.score(_single(leg, default)) for each in lists])
        for leg in ("bm25", "text_vector", "image_vector")
    }
    stored = chosen_scores if adopted else standing
    over_best = {}
    for kind in sorted(set(types)):
        members = _members(types, kind)
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
        gain=gain,
        optimism=round(optimism, 4),
        held_out=round(float(weights @ held_out), 4),
        default=round(float(weights @ standing), 4),
        legs={leg: round(float(weights @ values), 4) for leg, values in legs.items()},
        leg_gain=leg_gain,
        over_best_leg=over_best,
        by_type=by_type,
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


def _members(types: Sequence[str], kind: str) -> np.ndarray:
    return np.array([each == kind for each in types])


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


def _cross_validated(
    scores: np.ndarray, weights: np.ndarray, distances: np.ndarray, types: Sequence[str]
) -> tuple[np.ndarray, float]:
    """Per query the mean score of settings chosen without it, and how much better they looked where chosen."""
    rng = np.random.default_rng(_SEED)
    held_out = np.zeros(scores.shape[1])
    optimism: list[float] = []
    for _ in range(REPEATS):
        fold = np.zeros(scores.shape[1], np.int64)
        for kind in sorted(set(types)):  # every fold has its share of every type
            members = rng.permutation(np.flatnonzero(_members(types, kind)))
            fold[members] = np.arange(len(members)) % FOLDS
        for number in range(FOLDS):
            inside, outside = fold != number, fold == number
            if not outside.any() or not inside.any():
                continue
            own, rest = weights[inside] / weights[inside].sum(), weights[outside] / weights[outside].sum()
            chosen = _choose(scores[:, inside], own, distances)
            held_out[outside] += scores[chosen, outside] / REPEATS
            optimism.append(float(scores[chosen, inside] @ own - scores[chosen, outside] @ rest))
    return held_out, float(np.mean(optimism))


def _without_idle_legs(
    setting: Setting, default: FusionPlan, lists: Sequence[LegLists], weights: np.ndarray
) -> tuple[Setting, dict[str, dict[str, float]]]:
    """`setting` with weight 0 for legs without which it scores as well, and what each leg brings."""
    gains: dict[str, dict[str, float]] = {}
    for leg in ("image_vector", "text_vector", "bm25"):
        if getattr(setting, leg) <= 0:
            continue
        others = {name: getattr(setting, name) for name in ("bm25", "text_vector", "image_vector") if name != leg}
        total = sum(others.values())
        if total <= 0:
            continue
        without = Setting(setting.fusion, setting.k, **{leg: 0.0, **{n: w / total for n, w in others.items()}})
        with_leg = np.array([each.score(setting.plan(default)) for each in lists])
        without_leg = np.array([each.score(without.plan(default)) for each in lists])
        gains[leg] = interval(weights * (with_leg - without_leg) * len(lists))
        # A leg that the default does without has to prove itself; one that it has must only not hurt.
        proof = gains[leg]["mean"] if default.weights.get(leg, 0) > 0 else gains[leg]["low"]
        if proof <= 0:
            setting = without
    return setting, gains


def _single(leg: str, default: FusionPlan) -> FusionPlan:
    """One leg alone, without the exact legs either."""
    return FusionPlan(default.kind, default.k, {leg: 1.0})
