"""How legs are fused for one query: the release's calibration, the user's settings, and what the query looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codices.resources.search.query.router import QueryAnalysis
from codices.resources.settings.search_options import RRF_K, Fusion, SearchOptions


@dataclass(frozen=True)
class FusionPlan:
    """`fixed`: somebody set the weights by hand; the shape of a query does not move them."""

    kind: Fusion
    k: int
    weights: Mapping[str, float]
    fixed: bool = False


_SHARES = {"bm25": 0.5, "text_vector": 0.5, "image_vector": 0.0, "identifiers": 0.5, "phrases": 0.5}

EMBEDDED_DEFAULT = FusionPlan("rrf", RRF_K, _SHARES)
"""Where nothing was calibrated. The embedded profile's image tower knows what sort of picture it sees, not which one:
any weight for it measured worse than none. docs/search.md has the measurements."""

OTHER_DEFAULT = FusionPlan("rrf", RRF_K, {**_SHARES, "image_vector": 0.15})
"""For profiles whose image tower is a real one: a small say until a calibration has measured it."""

DENSE_FLOOR = 0.05
"""Share of its weight that a dense leg keeps for a query that is nothing but identifiers: enough to fill the list
where no word matches, too little to move a match."""

FOR_KEYWORDS = 0.25
FOR_SENTENCES = -0.1
"""How much weight of the text vectors goes over to BM25 for a query of content words alone, and for a sentence (less
than none: it goes the other way). An encoder that learnt from sentences has little to go by in a caption's words."""

SENTENCE = 0.35
"""Share of function words from which a query counts as a sentence; between, the weight moves in proportion."""


def base_plan(options: SearchOptions, profile: str, calibration: Mapping[str, Any] | None) -> FusionPlan:
    """The plan before a query is known. `calibration` is what the release stores (`Calibration.as_json`), or None; one
    that was not adopted, or is of another profile, changes nothing.

    Order of precedence, part by part: settings, calibration, the profile's default.
    """
    default = EMBEDDED_DEFAULT if profile == "embedded" else OTHER_DEFAULT
    kind, k, weights = default.kind, options.k, dict(default.weights)
    learnt = calibration if calibration and calibration.get("adopted") else {}
    fits = options.fusion in ("auto", learnt.get("fusion"))  # weights of one fusion say nothing about the other's
    if learnt and learnt.get("profile") == profile and fits:
        kind, k = learnt["fusion"], int(learnt["k"])
        weights.update({leg: float(weight) for leg, weight in learnt["weights"].items()})
    elif options.fusion != "auto":
        kind = options.fusion
    weights.update(options.weights or {})
    return FusionPlan(kind, k, weights, fixed=bool(options.weights))


def plan_for(base: FusionPlan, analysis: QueryAnalysis) -> FusionPlan:
    """`base` for one query: BM25 says more to keywords, text vectors to sentences; the more of the query is
    identifiers, the less the dense legs say (they know no identifier), and the legs of exact matches speak only where
    the query has something exact in it."""
    share = analysis.identifier_share
    dense = max(DENSE_FLOOR, 1 - share)
    weights = dict(base.weights)
    if not base.fixed and analysis.function_share is not None:
        weights.update(_shaped(weights, analysis.function_share))
    for leg in ("text_vector", "image_vector"):
        weights[leg] = weights.get(leg, 0.0) * dense
    if not analysis.identifiers:
        weights["identifiers"] = 0.0
    if not analysis.phrases:
        weights["phrases"] = 0.0
    return FusionPlan(base.kind, base.k, weights, base.fixed)


def _shaped(weights: Mapping[str, float], function_share: float) -> dict[str, float]:
    """The weights of words and meaning for a query of this shape. A leg without weight gets none."""
    words, meaning = weights.get("bm25", 0.0), weights.get("text_vector", 0.0)
    if words <= 0 or meaning <= 0:
        return {}
    sentence = min(1.0, function_share / SENTENCE)
    moved = (FOR_KEYWORDS * (1 - sentence) + FOR_SENTENCES * sentence) * (words + meaning)
    words = min(max(words + moved, 0.0), words + meaning)
    return {"bm25": words, "text_vector": weights["bm25"] + meaning - words}
