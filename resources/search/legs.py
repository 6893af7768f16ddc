"""The ranked lists that fusion joins, each one call of LanceDB: BM25, text vectors, image vectors, exact identifiers,
quoted phrases. Filters are applied before ranking. A leg reads no more than it ranks by; where its hits are is read
once for all legs, since every column that each of them reads beside costs as much as a part of the search.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import pyarrow as pa
from lance import LanceDataset
from lancedb.query import LanceFtsQueryBuilder
from lancedb.table import LanceTable

from resources.encoders.interface import Vectors
from resources.index.measurement import vector_query
from resources.index.store import take_rows
from resources.search.folding import folded
from resources.search.fusion import Ranking
from resources.search.grouping import Place, place_columns
from resources.search.options import Level
from resources.search.router import lookup_forms

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
    """A leg's ranking, what is known of its hits, and how long the leg took."""

    ranking: Ranking
    places: Mapping[str, Place]
    seconds: float


@dataclass(frozen=True)
class LegHits:
    """A leg's ranking, the row id of every hit in the table, and how long the leg took."""

    ranking: Ranking
    row_ids: Mapping[str, int]
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
    levels: Collection[Level] = ("element",)  # at one of which the hits will be grouped


def run_legs(
    table: LanceTable,
    dataset: LanceDataset,
    query: LegQuery,
    weights: Mapping[str, float],
    points: Mapping[str, Mapping[str, int]],
    pool: Executor,
) -> list[LegResult]:
    """Run the legs of `query` that have a weight over 0, at the same time. Errors of LanceDB come through.

    `dataset` is `table` again, for reading rows by id. `points`: operating point per vector column (nprobes, ef,
    refine_factor), as the release measured it.
    """
    jobs = [job for leg, job in _jobs(table, query, points).items() if weights.get(leg, 0) > 0]
    found = [jobs[0]()] if len(jobs) == 1 else [future.result() for future in [pool.submit(job) for job in jobs]]
    places = _places(dataset, {key: row_id for each in found for key, row_id in each.row_ids.items()}, query.levels)
    return [LegResult(each.ranking, {key: places[key] for key in each.row_ids}, each.seconds) for each in found]


def _places(dataset: LanceDataset, row_ids: Mapping[str, int], levels: Collection[Level]) -> dict[str, Place]:
    if not row_ids:
        return {}
    rows = take_rows(dataset, list(row_ids.values()), place_columns(levels))
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    if "pages" in columns:
        columns["page"] = [each[0] if each else None for each in columns.pop("pages")]
    columns["row_id"] = [row_ids[key] for key in columns["element_id"]]
    names = list(columns)
    places = (Place(**dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True))
    return {place.element_id: place for place in places}


def _jobs(
    table: LanceTable, query: LegQuery, points: Mapping[str, Mapping[str, int]]
) -> dict[str, Callable[[], LegHits]]:
    jobs: dict[str, Callable[[], LegHits]] = {}
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
    places = {**more.places, **result.places}
    scores = {
        **dict(zip(more.ranking.keys, more.ranking.scores, strict=True)),
        **dict(zip(result.ranking.keys, result.ranking.scores, strict=True)),
    }
    order = sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
    ranking = replace(result.ranking, keys=[key for key, _ in order], scores=[score for _, score in order])
    return LegResult(ranking, places, result.seconds + more.seconds)


def words_leg(table: LanceTable, query: LegQuery) -> LegHits:
    """BM25 over `text`: all words of the query, any of them may match."""
    start = time.perf_counter()

    def best(count: int) -> pa.Table:
        search = _filtered(_full_text(table, query.words), query)
        return search.limit(count).with_row_id(True).select(["element_id", "_score"]).to_arrow()

    hits = _with_ties(best, "_score", query.depth, 2 * query.depth)  # short texts often have equal scores
    return _result("bm25", hits, hits.column("_score").to_pylist(), query.depth, start)


def phrases_leg(table: LanceTable, query: LegQuery) -> LegHits:
    """Elements with the quoted phrases, words in that order and together; more phrases first, then BM25's score.

    The index knows neither stop words nor endings: what it finds is read, and more of it where little of that holds.
    """
    start = time.perf_counter()
    found: dict[str, float] = {}
    row_ids: dict[str, int] = {}
    for phrase in query.phrases[:MAX_IDENTIFIERS]:
        pattern = phrase_pattern(phrase)
        for count in (query.depth, _DEEPER * query.depth):
            hits = (
                _filtered(_full_text(table, phrase).phrase_query(), query)
                .limit(count)
                .with_row_id(True)
                .select(["element_id", "text", "_score"])
                .to_arrow()
            )
            holding = [bool(pattern.search(folded(text or ""))) for text in hits.column("text").to_pylist()]
            if hits.num_rows < count or sum(holding) >= query.depth:
                break
        hits = hits.filter(pa.array(holding, pa.bool_()))
        scores = hits.column("_score").to_pylist()
        row_ids.update(_row_ids(hits))
        for key, score in zip(hits.column("element_id").to_pylist(), scores, strict=True):
            found[key] = found.get(key, 0.0) + 0.5 + 0.5 * score / (1 + score)
    return _ranked("phrases", found, row_ids, query.depth, start)


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """The words of `phrase` one after the other in `folded` text, whatever stands between words."""
    return re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, _WORD.findall(folded(phrase)))) + r"(?!\w)")


def vector_leg(
    table: LanceTable, column: str, vector: Callable[[], Vectors], query: LegQuery, point: Mapping[str, int]
) -> LegHits:
    """Nearest neighbours by cosine in `column`; elements without that vector are absent."""
    start = time.perf_counter()

    def nearest(count: int, every_list: bool = False) -> pa.Table:
        wide = {**point, "ef": max(point["ef"], count)} if point.get("ef") else point  # HNSW finds `ef` at most
        search = vector_query(table, column, vector(), wide, where=query.where, every_list=every_list)
        hits = search.limit(count).with_row_id(True).select(["element_id", "_distance"]).to_arrow()
        looked_into_some = bool(point.get("nprobes")) and not query.where and not every_list
        return nearest(count, every_list=True) if looked_into_some and hits.num_rows < count else hits

    hits = _with_ties(nearest, "_distance", query.depth, query.depth + 1)
    scores = [1.0 - distance for distance in hits.column("_distance").to_pylist()]
    return _result(column, hits, scores, query.depth, start, floor=None)


def _with_ties(best: Callable[[int], pa.Table], scored: str, depth: int, first: int) -> pa.Table:
    """The best `depth` rows, and those that are as good as the last of them: which of equals are cut off must not
    depend on where LanceDB stored them. `first` rows are looked at, and more where those end among equals."""
    hits = best(first)
    scores = hits.column(scored)
    tied = hits.num_rows == first and scores[first - 1] == scores[depth - 1]
    return best(_DEEPER * depth) if tied else hits


def identifiers_leg(table: LanceTable, query: LegQuery) -> LegHits:
    """Elements that hold the query's identifiers: the more of them and the more exactly, the better.

    Where more elements hold one than the leg is deep, BM25 chooses among them.
    """
    start = time.perf_counter()
    tiers = [lookup_forms(identifier) for identifier in query.identifiers[:MAX_IDENTIFIERS]]
    forms = sorted({form for forms in tiers for tier in forms for form in tier})
    has_any = f"array_has_any(identifiers, [{', '.join(map(_literal, forms))}])"
    where = f"({has_any}) AND ({query.where})" if query.where else has_any
    columns = ["element_id", "identifiers"]
    tables = [table.search().where(where).limit(query.depth).with_row_id(True).select(columns).to_arrow()]
    if tables[0].num_rows == query.depth:
        search = _full_text(table, query.words).where(where, prefilter=True)
        tables.append(search.limit(query.depth).with_row_id(True).select([*columns, "_score"]).to_arrow())
    row_ids: dict[str, int] = {}
    found: dict[str, float] = {}
    for hits in tables:
        row_ids.update(_row_ids(hits))
        for row in hits.to_pylist():
            found[row["element_id"]] = _identifier_score(tiers, frozenset(row["identifiers"] or ()))
    return _ranked("identifiers", found, row_ids, 2 * query.depth, start)


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
    search = table.search(words, query_type="fts", fts_columns="text")
    assert isinstance(search, LanceFtsQueryBuilder)
    return search


def _filtered(search: LanceFtsQueryBuilder, query: LegQuery) -> LanceFtsQueryBuilder:
    return search.where(query.where, prefilter=True) if query.where else search


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _row_ids(hits: pa.Table) -> dict[str, int]:
    if not hits.num_rows:  # LanceDB leaves the row ids out of an empty answer
        return {}
    return dict(zip(hits.column("element_id").to_pylist(), hits.column("_rowid").to_pylist(), strict=True))


def _result(
    leg: str, hits: pa.Table, scores: Sequence[float], depth: int, start: float, floor: float | None = 0.0
) -> LegHits:
    # LanceDB leaves equal scores in the order of its fragments, which a compaction changes.
    keys = hits.column("element_id").to_pylist()
    order = sorted(range(len(keys)), key=lambda row: (-scores[row], keys[row]))[:depth]
    ranking = Ranking(leg, [keys[row] for row in order], [scores[row] for row in order], floor)
    row_ids = _row_ids(hits)
    return LegHits(ranking, {key: row_ids[key] for key in ranking.keys}, time.perf_counter() - start)


def _ranked(leg: str, found: Mapping[str, float], row_ids: Mapping[str, int], depth: int, start: float) -> LegHits:
    order = sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:depth]
    ranking = Ranking(leg, [key for key, _ in order], [score for _, score in order])
    return LegHits(ranking, {key: row_ids[key] for key in ranking.keys}, time.perf_counter() - start)
