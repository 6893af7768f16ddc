"""A query as an `Index` runs it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codices.resources.search.query.router import QueryAnalysis
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.ranking.legs import LegResult
from codices.resources.search.ranking.weights import FusionPlan
from codices.resources.settings.levels import Level

INTENT_PLACES = 10
"""Elements of the modality that a query names which must be candidates: the first page of hits could be all of it."""

INTENT_SHARE = 5
"""Of this many hits one, at least, is of the modality that the query names."""


@dataclass(frozen=True)
class Query:
    """A query as the user meant it, checked."""

    text: str
    analysis: QueryAnalysis
    plan: FusionPlan
    image: bytes | None
    where: str | None
    modality: str | None
    level: Level
    limit: int
    folded: bool = False

    @property
    def intent(self) -> str | None:
        """The modality that the words name, unless one is asked for anyway."""
        return None if self.modality else self.analysis.intent

    def places(self, quotas: Mapping[str, int]) -> dict[str, int]:
        """modality -> how many of it must be among the candidates, where there are as many."""
        if self.modality:
            return {}
        return {**({self.intent: INTENT_PLACES} if self.intent else {}), **quotas}

    def quotas(self, quotas: Mapping[str, int]) -> dict[str, int]:
        """modality -> hits that it is sure of: what the settings say, and a share for the one that the words name."""
        if self.modality:
            return {}
        return {**({self.intent: max(1, self.limit // INTENT_SHARE)} if self.intent else {}), **quotas}


@dataclass(frozen=True)
class Ranked:
    """A query's candidates, best first, the legs that they come from, and rows that were read for them."""

    candidates: list[Candidate]
    results: Sequence[LegResult]
    rows: dict[str, dict[str, Any]]


def explanation_of(query: Query, results: Sequence[LegResult], seconds: float) -> dict[str, Any]:
    analysis = query.analysis
    return {
        "words": analysis.words,
        "identifiers": list(analysis.identifiers),
        "phrases": list(analysis.phrases),
        "intent": analysis.intent,
        "identifier_share": round(analysis.identifier_share, 3),
        "fusion": query.plan.kind,
        "weights": {leg: weight for leg, weight in query.plan.weights.items() if weight > 0},
        "legs": {
            result.ranking.leg: {"hits": len(result.ranking.keys), "ms": round(1000 * result.seconds, 2)}
            for result in results
        },
        "ms": round(1000 * seconds, 2),
    }
