"""Several ranked lists to one, with what each list gave to every hit. Pure functions: no table, no model.

Two ways:
- `rrf`, weighted reciprocal rank fusion: score(e) = sum over legs of w / (k + rank) (Cormack, Clarke, Büttcher, SIGIR
  2009). Needs no scores, and so throws away how far apart hits are.
- `convex`, a convex combination of normalised scores (Bruch, Gai, Ingber, ACM TOIS 42(1), 2023):
  score(e) = sum over legs of w * (s - floor) / (s_best - floor), weights summing to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codices.resources.settings.search_options import Fusion


@dataclass(frozen=True)
class Ranking:
    """One leg's hits, best first: row `keys[i]` of the pinned table has `scores[i]`. Equal scores share a rank.

    `floor`: the score that means nothing was found. 0 for BM25 and for exact matches, where it is the theoretical
    minimum; None where the scale has no such point (a cosine): then the score at `depth`, the noise that the query
    always meets, stands for it.
    """

    leg: str
    keys: Sequence[int]
    scores: Sequence[float]
    floor: float | None = 0.0


@dataclass(frozen=True)
class Contribution:
    """What one leg gave to one hit. `rank` counts from 1."""

    rank: int
    score: float
    contribution: float


@dataclass
class Fused:
    key: int
    score: float = 0.0
    legs: dict[str, Contribution] = field(default_factory=dict)

    @property
    def order(self) -> tuple[float, int, int]:
        """What hits are sorted by: score, then how many legs found them, then their best rank."""
        # Rounded, so that the order of additions cannot decide between equal hits.
        return -round(self.score, 12), -len(self.legs), min(leg.rank for leg in self.legs.values())


def fuse(
    rankings: Sequence[Ranking], weights: Mapping[str, float], *, kind: Fusion, k: int = 60, depth: int = 100
) -> list[Fused]:
    """All hits of `rankings`, best first (`Fused.order`); equals by key, which the caller puts in an order that lasts.

    A leg whose weight is missing or 0 adds nothing, and neither do its hits. Weights are divided by their sum, so
    scores are in 0..1 for `convex` and in 0..1/(k+1) for `rrf`. Legs that found nothing keep their share: a score
    means the same whichever legs answered.
    """
    total = sum(max(0.0, weights.get(ranking.leg, 0.0)) for ranking in rankings)
    fused: dict[int, Fused] = {}
    for ranking in rankings:
        weight = weights.get(ranking.leg, 0.0)
        if weight <= 0 or not ranking.keys:
            continue
        share = weight / total
        parts = reciprocal_ranks(ranking, k) if kind == "rrf" else normalised_scores(ranking, depth)
        for key, score, rank, part in zip(ranking.keys, ranking.scores, ranks(ranking.scores), parts, strict=True):
            hit = fused.get(key) or fused.setdefault(key, Fused(key))
            if ranking.leg in hit.legs:
                continue  # a list holds a key once; the first is the best
            hit.legs[ranking.leg] = Contribution(rank, score, share * part)
            hit.score += share * part
    return sorted(fused.values(), key=lambda hit: (hit.order, hit.key))


def ranks(scores: Sequence[float]) -> list[int]:
    """Rank of every score of a list sorted from the best on, equal scores sharing the better rank: 1, 2, 2, 4."""
    result: list[int] = []
    for position, score in enumerate(scores):
        result.append(result[-1] if position and score == scores[position - 1] else position + 1)
    return result


def reciprocal_ranks(ranking: Ranking, k: int) -> list[float]:
    """1 / (k + rank) of every hit."""
    return [1.0 / (k + rank) for rank in ranks(ranking.scores)]


def normalised_scores(ranking: Ranking, depth: int) -> list[float]:
    """Scores as 0..1: the floor is 0, the best hit 1."""
    if not ranking.scores:
        return []
    best = ranking.scores[0]
    floor = ranking.floor
    if floor is None:
        # A list shorter than `depth` holds everything there is: its last hit is no noise, so 0 (orthogonal) is it.
        floor = ranking.scores[depth - 1] if len(ranking.scores) >= depth else min(0.0, ranking.scores[-1])
    span = best - floor
    if not math.isfinite(span) or span <= 1e-12:
        return [1.0 if score >= best else 0.0 for score in ranking.scores]
    return [max(0.0, (score - floor) / span) for score in ranking.scores]
