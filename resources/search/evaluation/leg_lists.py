"""The legs of one judged query, kept in arrays, so that a setting of the fusion is scored in microseconds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from codices.resources.search.index import LegRankings
from codices.resources.search.ranking.fusion import Ranking, normalised_scores, reciprocal_ranks
from codices.resources.search.ranking.grouping import group_key
from codices.resources.search.ranking.weights import FusionPlan, plan_for
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import Fusion

K = 10
"""Rank that nDCG is cut at."""


class LegLists:
    """One query's legs, kept in arrays so that a setting is scored in microseconds."""

    def __init__(self, rankings: LegRankings, level: Level, grades: Mapping[str, int]):
        self.analysis = rankings.analysis
        found = {key for ranking in rankings.rankings for key in ranking.keys}
        keys = sorted(found, key=lambda key: rankings.places[key].element_id)
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

    @property
    def has_answer(self) -> bool:
        """Whether any leg found anything that is relevant."""
        return bool((self._gains > 0).any())

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


def _spread(ranking: Ranking, kind: Fusion, k: int, depth: int, position: Mapping[int, int]) -> np.ndarray:
    part = np.zeros(len(position))
    values = reciprocal_ranks(ranking, k) if kind == "rrf" else normalised_scores(ranking, depth)
    if values:
        part[[position[key] for key in ranking.keys]] = values
    return part
