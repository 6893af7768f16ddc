"""The ranked lists that fusion joins, each one call of LanceDB: BM25, text vectors, image vectors, exact identifiers,
quoted phrases. Filters are applied before ranking. A leg reads no more than it scores by, most of them no column at
all: a column of a hundred rows costs as much as half a search. Hits are called by their row in the pinned table.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from lancedb.query import BooleanQuery, FullTextOperator, LanceFtsQueryBuilder, MatchQuery, Occur
from lancedb.table import LanceTable

from codices.resources.encoders.common.interface import Vectors
from codices.resources.index.full_text import FULL_TEXT_COLUMN
from codices.resources.index.lance_store import literal
from codices.resources.index.measurement import vector_query
from codices.resources.index.schema import UNSPACED_TEXT
from codices.resources.index.unspaced import is_unspaced, unspaced_words
from codices.resources.search.query.folding import folded
from codices.resources.search.query.router import lookup_forms
from codices.resources.search.ranking.fusion import Ranking

TIER_SCORES = (1.0, 0.95, 0.7, 0.5)
"""Of an identifier found as written, in another case, as a part (a path's file name), or as OCR damages it
(`router.lookup_forms`). Exact beats case beats part beats damage; the rest of the order is BM25's."""

_DEEPER = 8
"""Times the depth that a leg looks at once more, where its first look does not decide what belongs in it."""

_WORD = re.compile(r"\w+")

MAX_IDENTIFIERS = 32
"""Of a query that are looked up: a pasted stack trace holds hundreds."""


@dataclass(frozen=True)
class LegResult:
    """A leg's ranking and how long the leg took. It is as long as it was asked to be, or longer where it would end
    among equals: which of those were cut off would depend on where LanceDB stored them."""

    ranking: Ranking
    seconds: float


@dataclass(frozen=True)
class LegQuery:
    """What legs are run with. A leg without its part (no words, no vector, no identifier) is not run.

    Vectors are asked for inside their leg: BM25 searches while the query is encoded.
    """

    words: str = ""
    text_vector: Callable[[], Vectors] | None = None
    image_vector: Callable[[], Vectors] | None = None
    identifiers: Sequence[str] = ()
    phrases: Sequence[str] = ()
    where: str | None = None
    depth: int = 100


def run_legs(
    table: LanceTable,
    query: LegQuery,
    weights: Mapping[str, float],
    points: Mapping[str, Mapping[str, int]],
    pool: Executor,
) -> list[LegResult]:
    """Run the legs of `query` that have a weight over 0, at the same time. Errors of LanceDB come through.

    `points`: operating point per vector column (nprobes, ef, refine_factor), as the release measured it.
    """
    jobs = [job for leg, job in _jobs(table, query, points).items() if weights.get(leg, 0) > 0]
    return [jobs[0]()] if len(jobs) == 1 else [future.result() for future in [pool.submit(job) for job in jobs]]


def _jobs(
    table: LanceTable, query: LegQuery, points: Mapping[str, Mapping[str, int]]
) -> dict[str, Callable[[], LegResult]]:
    jobs: dict[str, Callable[[], LegResult]] = {}
    if query.words:
        jobs["bm25"] = lambda: words_leg(table, query)
    for column, vector in (("text_vector", query.text_vector), ("image_vector", query.image_vector)):
        if vector is not None:
            jobs[column] = lambda column=column, vector=vector: vector_leg(
                table, column, vector, query, points.get(column, {})
            )
    if query.identifiers:
        jobs["identifiers"] = lambda: identifiers_leg(table, query)
    if query.phrases:
        jobs["phrases"] = lambda: phrases_leg(table, query)
    return jobs


def joined(results: Sequence[LegResult], more: Sequence[LegResult]) -> list[LegResult]:
    """The same legs with what a narrower search found besides, on the same scales."""
    found = {result.ranking.leg: result for result in more}
    return [_joined(result, found[result.ranking.leg]) for result in results]


def _joined(result: LegResult, more: LegResult) -> LegResult:
    scores = {
        **dict(zip(more.ranking.keys, more.ranking.scores, strict=True)),
        **dict(zip(result.ranking.keys, result.ranking.scores, strict=True)),
    }
    ranking = _ranking(result.ranking.leg, scores, len(scores), result.ranking.floor)
    return LegResult(ranking, result.seconds + more.seconds)


def words_leg(table: LanceTable, query: LegQuery) -> LegResult:
    """BM25: all words of the query, any of them may match. Those of scripts without spaces are looked up in an index of
    their own, and both scores added, as BM25 adds up words."""
    start = time.perf_counter()

    def best(count: int) -> dict[int, float]:
        search = _filtered(_full_text(table, query.words), query).limit(count)
        return _by_row(search.with_row_id(True).select(["_score"]).to_arrow(), "_score")

    scores = _with_ties(best, query.depth, 2 * query.depth)  # short texts often have equal scores
    return LegResult(_ranking("bm25", scores, query.depth), time.perf_counter() - start)


def phrases_leg(table: LanceTable, query: LegQuery) -> LegResult:
    """Elements with the quoted phrases, words in that order and together; more phrases first, then BM25's score.

    The index knows neither stop words nor endings: what it finds is read, and more of it where little of that holds.
    Nor does it know the order of words without spaces between them.
    """
    start = time.perf_counter()
    found: dict[int, float] = {}
    for phrase in query.phrases[:MAX_IDENTIFIERS]:
        pattern = phrase_pattern(phrase)
        for count in (query.depth, _DEEPER * query.depth):
            words = _full_text(table, phrase)
            search = _filtered(words if unspaced_words(phrase) else words.phrase_query(), query).limit(count)
            hits = search.with_row_id(True).select(["text", "_score"]).to_arrow()
            holding = [bool(pattern.search(folded(text or ""))) for text in hits.column("text").to_pylist()]
            if hits.num_rows < count or sum(holding) >= query.depth:
                break
        for row_id, score in _by_row(hits.filter(pa.array(holding, pa.bool_())), "_score").items():
            found[row_id] = found.get(row_id, 0.0) + 0.5 + 0.5 * score / (1 + score)
    return LegResult(_ranking("phrases", found, query.depth), time.perf_counter() - start)


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """The words of `phrase` one after the other in `folded` text, whatever stands between words. Where a script puts no
    spaces, a word begins and ends anywhere."""
    words = _WORD.findall(folded(phrase))
    begins = "" if words and is_unspaced(words[0][0]) else r"(?<!\w)"
    ends = "" if words and is_unspaced(words[-1][-1]) else r"(?!\w)"
    return re.compile(begins + r"\W+".join(map(re.escape, words)) + ends)


def vector_leg(
    table: LanceTable, column: str, vector: Callable[[], Vectors], query: LegQuery, point: Mapping[str, int]
) -> LegResult:
    """Nearest neighbours by cosine in `column`; elements without that vector are absent."""
    start = time.perf_counter()

    def nearest(count: int, every_list: bool = False) -> dict[int, float]:
        wide = {**point, "ef": max(point["ef"], count)} if point.get("ef") else point  # HNSW finds `ef` at most
        search = vector_query(table, column, vector(), wide, where=query.where, every_list=every_list)
        hits = search.limit(count).with_row_id(True).select(["_distance"]).to_arrow()
        looked_into_some = bool(point.get("nprobes")) and not query.where and not every_list
        if looked_into_some and hits.num_rows < count:
            return nearest(count, every_list=True)
        return {row_id: 1.0 - distance for row_id, distance in _by_row(hits, "_distance").items()}

    scores = _with_ties(nearest, query.depth, query.depth + 1)
    return LegResult(_ranking(column, scores, query.depth, floor=None), time.perf_counter() - start)


def _with_ties(best: Callable[[int], dict[int, float]], depth: int, first: int) -> dict[int, float]:
    """The best `depth` rows and all that are as good as the last of them, as far as _DEEPER times the depth.

    `best(n)`: row -> score of the best n, best first. `first` rows are looked at, and more where those end among
    equals.
    """
    found = best(first)
    scores = list(found.values())
    tied = len(scores) == first and scores[-1] == scores[depth - 1]
    return best(_DEEPER * depth) if tied else found


def identifiers_leg(table: LanceTable, query: LegQuery) -> LegResult:
    """Elements that hold the query's identifiers: the more of them and the more exactly, the better.

    Where more elements hold one than the leg is deep, BM25 chooses among them.
    """
    start = time.perf_counter()
    tiers = [lookup_forms(identifier) for identifier in query.identifiers[:MAX_IDENTIFIERS]]
    forms = sorted({form for forms in tiers for tier in forms for form in tier})
    has_any = f"array_has_any(identifiers, [{', '.join(map(literal, forms))}])"
    where = f"({has_any}) AND ({query.where})" if query.where else has_any
    search = table.search().where(where).limit(query.depth)
    held = _by_row(search.with_row_id(True).select(["identifiers"]).to_arrow(), "identifiers")
    if len(held) == query.depth:
        search = _full_text(table, query.words).where(where, prefilter=True).limit(query.depth)
        hits = search.with_row_id(True).select(["identifiers", "_score"]).to_arrow()
        held.update(_by_row(hits, "identifiers"))
    found = {row_id: _identifier_score(tiers, frozenset(identifiers or ())) for row_id, identifiers in held.items()}
    return LegResult(_ranking("identifiers", found, 2 * query.depth), time.perf_counter() - start)


def _identifier_score(identifiers: Sequence[Sequence[Sequence[str]]], held: frozenset[str]) -> float:
    """Mean over the query's identifiers of the best tier that the element holds."""
    total = 0.0
    for tiers in identifiers:
        for tier, score in zip(tiers, TIER_SCORES, strict=False):
            if not held.isdisjoint(tier):
                total += score
                break
    return total / len(identifiers)


def _full_text(table: LanceTable, words: str) -> LanceFtsQueryBuilder:
    unspaced = unspaced_words(words)
    if unspaced and UNSPACED_TEXT in table.schema.names:  # a release of before has no such column
        both = (_any_of(words, FULL_TEXT_COLUMN), _any_of(unspaced, UNSPACED_TEXT))
        search = table.search(BooleanQuery([(Occur.SHOULD, part) for part in both]), query_type="fts")
    else:
        search = table.search(words, query_type="fts", fts_columns=FULL_TEXT_COLUMN)
    assert isinstance(search, LanceFtsQueryBuilder)
    return search


def _any_of(words: str, column: str) -> MatchQuery:
    """What a plain string searches `column` for."""
    return MatchQuery(
        words,
        column,
        boost=1.0,
        fuzziness=0,
        max_expansions=50,
        operator=FullTextOperator.OR,
        prefix_length=0,
        document_granularity=None,
    )


def _filtered(search: LanceFtsQueryBuilder, query: LegQuery) -> LanceFtsQueryBuilder:
    return search.where(query.where, prefilter=True) if query.where else search


def _by_row(hits: pa.Table, column: str) -> dict[int, Any]:
    """Row -> value of `column`, in the order of `hits`."""
    if not hits.num_rows:  # LanceDB leaves the row ids out of an empty answer
        return {}
    return dict(zip(hits.column("_rowid").to_pylist(), hits.column(column).to_pylist(), strict=True))


def _ranking(leg: str, found: Mapping[int, float], depth: int, floor: float | None = 0.0) -> Ranking:
    """The best `depth` of `found`, and those that are as good as the last of them."""
    order = sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))
    length = min(depth, len(order))
    while length < len(order) and order[length][1] == order[length - 1][1]:
        length += 1
    return Ranking(leg, [row for row, _ in order[:length]], [score for _, score in order[:length]], floor)
