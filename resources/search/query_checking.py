"""A query as it was asked, checked and made into what the ranking loop runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from codices.resources.search.arguments import check_search
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.filters import modality_condition
from codices.resources.search.query.queries import clean_query
from codices.resources.search.query.router import analyse_query
from codices.resources.search.ranking.query import Query
from codices.resources.search.ranking.weights import FusionPlan, plan_for
from codices.resources.settings.levels import LEVELS, Level
from codices.resources.settings.search_options import SearchOptions

MAX_LIMIT = 10_000


def checked_query(
    query: str,
    limit: int,
    modality: str | None,
    where: str | None,
    image: bytes | None,
    level: Level,
    weights: Mapping[str, float] | None,
    *,
    plan: FusionPlan,
    language: str,
    check_where: Callable[[str], str],
) -> Query:
    """The query with its analysis, its weights (`weights` over those of `plan`) and one SQL condition.

    `check_where` looks whether a filter is one on the table. Raises SearchError for an empty query without an image, a
    limit, level, weight or filter that is none.
    """
    check_search(limit, where, weights)
    if level not in LEVELS:
        raise SearchError(f"unknown level {level!r}; there are {', '.join(LEVELS)}")
    if not 1 <= limit <= MAX_LIMIT:
        raise SearchError(f"limit is {limit}; it must be from 1 to {MAX_LIMIT}")
    text = clean_query(query)
    if not text and image is None:
        raise SearchError("the query is empty; give words to search for, or an image")
    analysis = analyse_query(text, language)
    base = plan
    if weights is not None:
        try:
            given = SearchOptions(weights=dict(weights)).weights or {}
        except ValueError as error:
            raise SearchError(f"weights: {error}") from error
        base = FusionPlan(base.kind, base.k, {**base.weights, **given}, fixed=True)
    chosen = plan_for(base, analysis)
    if image is not None:
        # An image is the whole query, or half of it beside words.
        words = sum(chosen.weights[leg] for leg in chosen.weights if leg != "image_vector") if text else 0.0
        chosen = FusionPlan(chosen.kind, chosen.k, {**chosen.weights, "image_vector": words or 1.0}, chosen.fixed)
    conditions = [check_where(where)] if where is not None else []
    if level == "image":
        conditions.append("image_id IS NOT NULL")
    if modality is not None:
        conditions.append(modality_condition(modality))
    return Query(text, analysis, chosen, image, " AND ".join(conditions) or None, modality, level, limit)
