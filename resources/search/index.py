"""The search index as its readers see it: `open_index(home).search("how is the load balancer set up")`.

An `Index` is one release: it never changes under a reader, keeps its tables and query vectors in memory, and can be
shared between threads. Writes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from lance import LanceDataset
from lancedb.table import LanceTable

from codices.resources.encoders import EncoderOptions
from codices.resources.encoders.common.interface import ImageTextEncoder, TextEncoder, Vectors
from codices.resources.foundation.files import is_remote
from codices.resources.home.home import HomeError, tables_of_home
from codices.resources.index.errors import IndexStoreError, TableDamaged
from codices.resources.index.lance_store import one_of, take_rows
from codices.resources.index.releases import OpenRelease, open_release
from codices.resources.index.tables import Tables
from codices.resources.search.arguments import check_opening, check_queries, check_search, database_uri
from codices.resources.search.encoding import QueryEncoder
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.filters import checked_where, modality_condition
from codices.resources.search.query.queries import Picture, QueryRow, clean_query, image_bytes
from codices.resources.search.query.router import QueryAnalysis, analyse_query
from codices.resources.search.ranking import grouping
from codices.resources.search.ranking.fusion import Fused, Ranking, fuse
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.ranking.legs import LegQuery, LegResult, joined, run_legs
from codices.resources.search.ranking.places import Place, read_places
from codices.resources.search.ranking.query import Query, Ranked, explanation_of
from codices.resources.search.ranking.reranker import Reranker, load_reranker, rerank
from codices.resources.search.ranking.weights import FusionPlan, base_plan, plan_for
from codices.resources.search.results import HIT_COLUMNS, Results, hit_table
from codices.resources.settings.search_options import LEGS, LEVELS, Fusion, Level, SearchOptions

T = TypeVar("T")

MAX_LIMIT = 10_000
_DEPTH_PER_HIT = 2
"""A list of n hits is fused from legs of at least this many times n: groups swallow some."""

_ENCODED_TOGETHER = 256
"""Queries of a batch: their vectors wait in the query cache, whatever size it has, until their turn."""

_DEEPER = 8
"""Times the depth that legs are run with again, when what they found makes too few hits."""

MAX_DEPTH = 10_000
"""Elements of a leg, unless more hits than that are asked for."""


def open_index(
    home_or_uri: str | PathLike[str] | Tables,
    release: str | datetime = "latest",
    *,
    search: SearchOptions | None = None,
    encoders: EncoderOptions | None = None,
    text_encoder: TextEncoder | None = None,
    image_encoder: ImageTextEncoder | None = None,
    storage_options: Mapping[str, str] | None = None,
) -> Index:
    """Open a release for searching: `latest`, its name, or the one that was latest at a time.

    `home_or_uri` is a home or its `lancedb` folder, local or on object storage. What is set in `search` goes
    over the settings that the release was cut with; of `encoders` only what says how to run counts (device, engine,
    precision), the models are the release's.

    Raises SearchError when there is no such index or release.
    """
    check_opening("" if isinstance(home_or_uri, Tables) else home_or_uri, release)
    tables = (
        home_or_uri
        if isinstance(home_or_uri, Tables)
        else Tables(database_uri(home_or_uri), dict(storage_options or {}))
    )
    try:
        opened = open_release(tables, release)
        _check_home(opened)
        options = (search or SearchOptions()).over(opened.settings.get("search") or {})
        return Index(opened, options, encoders=encoders, text_encoder=text_encoder, image_encoder=image_encoder)
    except (IndexStoreError, HomeError) as error:
        raise SearchError(str(error)) from error


def _check_home(opened: OpenRelease) -> None:
    """Raises HomeError for a home of a newer version, TableDamaged for the tables of another home. A home on object
    storage is not looked at: reading it takes a driver that its tables do without."""
    uri = opened.tables.uri.removeprefix("file://")
    if is_remote(uri) or Path(uri).name != "lancedb":
        return
    own = tables_of_home(str(Path(uri).parent))
    if own is not None and own != opened.identity:
        raise TableDamaged(f"{uri} holds the tables of another home: put this home's own back")


@dataclass(frozen=True)
class LegRankings:
    """Every leg's list for one query, before fusion: what calibration learns from."""

    analysis: QueryAnalysis
    rankings: Sequence[Ranking]
    places: Mapping[int, Place]
    depth: int


class Index:
    """One release, open for searching. Made by `open_index`."""

    def __init__(
        self,
        release: OpenRelease,
        options: SearchOptions | None = None,
        *,
        encoders: EncoderOptions | None = None,
        text_encoder: TextEncoder | None = None,
        image_encoder: ImageTextEncoder | None = None,
    ) -> None:
        self.opened = release
        self.options = options or SearchOptions()
        settings = release.settings
        self.profile: str = settings.get("profile", "embedded")
        self.language: str = settings.get("language", "English")
        self.default_plan = base_plan(SearchOptions(k=self.options.k), self.profile, None)
        self.plan = base_plan(self.options, self.profile, settings.get("calibration"))
        self.encoder = QueryEncoder(
            settings,
            release.name,
            machine=encoders,
            text_encoder=text_encoder,
            image_encoder=image_encoder,
            cache_size=max(self.options.query_cache, _ENCODED_TOGETHER),
        )
        self.operating_points: Mapping[str, Mapping[str, int]] = settings.get("operating_points") or {}
        self._where: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="codices-leg")

    def fused_by(self, kind: Fusion) -> Index:
        """The same release with the other fusion and its own weights, the models shared."""
        other = copy(self)
        other.options = self.options.model_copy(update={"fusion": kind})
        other.plan = base_plan(other.options, self.profile, self.settings.get("calibration"))
        return other

    @property
    def release(self) -> str:
        """Name of the release that is read."""
        return self.opened.name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.opened.settings

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.opened.metrics

    @cached_property
    def elements(self) -> LanceTable:
        """The elements as a LanceDB table, pinned to the release."""
        return self._open(lambda: self.opened.elements)

    @cached_property
    def _dataset(self) -> LanceDataset:
        """The elements for reading rows by id: through LanceDB that takes half as long again."""
        return self.elements.to_lance()

    @cached_property
    def documents(self) -> LanceTable:
        return self._open(lambda: self.opened.documents)

    @cached_property
    def images(self) -> LanceTable:
        return self._open(lambda: self.opened.images)

    def search(
        self,
        query: str = "",
        *,
        limit: int = 10,
        modality: str | None = None,
        where: str | None = None,
        image: Picture | None = None,
        level: Level = "element",
        weights: Mapping[str, float] | None = None,
        explain: bool = False,
    ) -> Results:
        """The best hits for `query`, for `image` (bytes, a file, a Pillow image, a NumPy array), or for both together.

        `where` is an SQL condition on the columns of `elements`, `level` what one hit stands for, `weights` leg ->
        weight over the release's. `explain` adds how the query was read, fused and timed.

        Raises SearchError for an empty query without an image, a filter that is none, an image that is none, a model
        other than the release's.
        """
        return self._search_all([query], limit, modality, where, image, level, weights, explain)[0]

    def search_many(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        modality: str | None = None,
        where: str | None = None,
        level: Level = "element",
        weights: Mapping[str, float] | None = None,
        explain: bool = False,
    ) -> list[Results]:
        """`search` for each of `queries`, encoded in batches. A query that is empty raises SearchError for all."""
        check_queries(queries)
        return self._search_all(queries, limit, modality, where, None, level, weights, explain)

    async def search_async(self, query: str = "", **arguments: Any) -> Results:
        """`search` without blocking the event loop."""
        return await asyncio.to_thread(self.search, query, **arguments)

    def rank_many(
        self,
        queries: Sequence[str],
        *,
        limit: int,
        level: Level,
        modalities: Sequence[str | None] | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> Iterator[list[Candidate]]:
        """The rankings behind `search`, without the hits' rows: what evaluation needs. At least `limit` candidates
        where that many were found. Near-duplicates are not folded, no places kept; an empty query finds nothing."""
        limits = modalities or [None] * len(queries)
        for start in range(0, len(queries), _ENCODED_TOGETHER):
            stop = start + _ENCODED_TOGETHER
            checked = [
                self._checked(query, limit, modality, None, None, level, weights) if clean_query(query) else None
                for query, modality in zip(queries[start:stop], limits[start:stop], strict=True)
            ]
            self._encode([query for query in checked if query])
            for query in checked:
                yield self._rank(query).candidates if query else []

    def leg_rankings(self, queries: Sequence[QueryRow], *, limit: int) -> Iterator[LegRankings]:
        """All legs of every query, whatever their weights, `limit` deep."""
        every: dict[str, float] = dict.fromkeys(LEGS, 1.0)
        for start in range(0, len(queries), _ENCODED_TOGETHER):
            checked = [
                self._checked(query.text, limit, query.modality, None, None, "element", every)
                for query in queries[start : start + _ENCODED_TOGETHER]
            ]
            self._encode(checked)
            for query in checked:
                rankings = [result.ranking for result in self._legs(query, limit)]
                places: dict[int, Place] = {}
                self._place([key for ranking in rankings for key in ranking.keys], LEVELS, places)
                yield LegRankings(query.analysis, rankings, places, limit)

    def pictures(self, image_ids: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """(bytes, media type) of pictures by image_id; those not stored are left out."""
        if not image_ids:
            return {}
        rows = self._asked(
            lambda: (
                self.images.search()
                .where(one_of("image_id", list(image_ids)))
                .select(["image_id", "bytes", "media_type"])
                .limit(len(image_ids))
                .to_arrow()
            )
        )
        return {row["image_id"]: (row["bytes"], row["media_type"] or "image/png") for row in rows.to_pylist()}

    def _search_all(
        self,
        queries: Sequence[str],
        limit: int,
        modality: str | None,
        where: str | None,
        image: Picture | None,
        level: Level,
        weights: Mapping[str, float] | None,
        explain: bool,
    ) -> list[Results]:
        data = None if image is None else image_bytes(image)
        answers: list[Results] = []
        for start in range(0, len(queries), _ENCODED_TOGETHER):
            checked = [
                replace(
                    self._checked(query, limit, modality, where, data, level, weights),
                    folded=self.options.fold_near_duplicates,
                )
                for query in queries[start : start + _ENCODED_TOGETHER]
            ]
            self._encode(checked)
            answers.extend(self._answer(each, explain) for each in checked)
        return answers

    def _encode(self, queries: Sequence[Query]) -> None:
        """Vectors of many queries in one batch; their legs then find them in memory."""
        for column in ("text_vector", "image_vector"):
            texts = [query.analysis.words for query in queries if self._wants(query, column)]
            if len(texts) > 1:
                self.encoder.texts(texts, column)

    def _checked(
        self,
        query: str,
        limit: int,
        modality: str | None,
        where: str | None,
        image: bytes | None,
        level: Level,
        weights: Mapping[str, float] | None,
    ) -> Query:
        check_search(limit, where, weights)
        if level not in LEVELS:
            raise SearchError(f"unknown level {level!r}; there are {', '.join(LEVELS)}")
        if not 1 <= limit <= MAX_LIMIT:
            raise SearchError(f"limit is {limit}; it must be from 1 to {MAX_LIMIT}")
        text = clean_query(query)
        if not text and image is None:
            raise SearchError("the query is empty; give words to search for, or an image")
        analysis = analyse_query(text, self.language)
        base = self.plan
        if weights is not None:
            try:
                given = SearchOptions(weights=dict(weights)).weights or {}
            except ValueError as error:
                raise SearchError(f"weights: {error}") from error
            base = FusionPlan(base.kind, base.k, {**base.weights, **given}, fixed=True)
        plan = plan_for(base, analysis)
        if image is not None:
            # An image is the whole query, or half of it beside words.
            words = sum(plan.weights[leg] for leg in plan.weights if leg != "image_vector") if text else 0.0
            plan = FusionPlan(plan.kind, plan.k, {**plan.weights, "image_vector": words or 1.0}, plan.fixed)
        conditions = [self._checked_where(where)] if where is not None else []
        if level == "image":
            conditions.append("image_id IS NOT NULL")
        if modality is not None:
            conditions.append(modality_condition(modality))
        return Query(text, analysis, plan, image, " AND ".join(conditions) or None, modality, level, limit)

    def _checked_where(self, where: str) -> str:
        if where not in self._where:
            self._where[where] = checked_where(self.elements, where)
        return self._where[where]

    def _wants(self, query: Query, column: str) -> bool:
        if not query.analysis.words or not self._has_vectors(column):
            return False
        return query.plan.weights.get(column, 0) > 0 and not (column == "image_vector" and query.image)

    def _has_vectors(self, column: str) -> bool:
        return column in self._vector_columns

    @cached_property
    def _vector_columns(self) -> frozenset[str]:
        """Vector columns that hold at least one vector."""
        table = self.elements
        return frozenset(
            column
            for column in ("text_vector", "image_vector")
            if column in table.schema.names
            and self._asked(
                lambda column=column: (
                    table.search().where(f"{column} IS NOT NULL").select(["element_id"]).limit(1).to_arrow().num_rows
                )
            )
        )

    def _rank(self, query: Query) -> Ranked:
        """Candidates of the query's level, reranked and folded, deep enough for its limit where there are as many."""
        depth = max(self.options.depth, _DEPTH_PER_HIT * query.limit)
        while True:
            results = self._legs(query, depth)
            full = any(len(result.ranking.keys) >= depth for result in results)
            ranked = self._ranked(query, results, depth, full)
            if len(ranked.candidates) >= query.limit or not full or depth >= MAX_DEPTH:
                return ranked
            depth = min(MAX_DEPTH, _DEEPER * depth)  # one document, or copies of one text, fill every leg

    def _ranked(self, query: Query, results: list[LegResult], depth: int, full: bool) -> Ranked:
        places: dict[int, Place] = {}
        if full:
            results = self._with_rare_modalities(query, results, places)
        fused = fuse(
            [result.ranking for result in results],
            query.plan.weights,
            kind=query.plan.kind,
            k=query.plan.k,
            depth=self.options.depth,  # whatever the limit, so that a longer list begins as a shorter one does
        )
        ranked = Ranked([], results, {})
        first = _without_last_tie(fused, depth)
        if first < len(fused) and query.level == "element" and not query.places(self.options.quotas):
            # The first of the list make the hits nearly always, and where the others are costs half a leg to read.
            candidates = self._grouped(query, fused[:first], places)
            if len(candidates) >= max(query.limit, self.options.reranker_depth if self.reranker else 0):
                ranked = self._folded(query, self._reranked(query, replace(ranked, candidates=candidates)))
        if len(ranked.candidates) < query.limit:
            candidates = self._grouped(query, fused, places)
            ranked = self._folded(query, self._reranked(query, Ranked(candidates, results, ranked.rows)))
        return ranked

    def _grouped(self, query: Query, fused: Sequence[Fused], places: dict[int, Place]) -> list[Candidate]:
        self._place([hit.key for hit in fused], (query.level,), places)
        candidates = [Candidate(places[hit.key], hit, hit.score) for hit in fused]
        candidates.sort(key=lambda candidate: (candidate.fused.order, candidate.place.element_id))
        candidates = grouping.raise_modality(candidates, query.intent, self.options.intent_boost)
        return grouping.group(candidates, query.level)

    def _reranked(self, query: Query, ranked: Ranked) -> Ranked:
        if not self.reranker or not query.text:
            return ranked
        top = ranked.candidates[: self.options.reranker_depth]
        top, order = rerank(self.reranker, query.text, top, self._texts(top, ranked.rows))
        return Ranked([*top, *ranked.candidates[len(top) :]], [*ranked.results, order], ranked.rows)

    def _with_rare_modalities(
        self, query: Query, results: list[LegResult], places: dict[int, Place]
    ) -> list[LegResult]:
        """The legs, and below what they found the best of each modality that has places of its own, or is meant by
        the query, and that others crowded out."""
        for modality, wanted in query.places(self.options.quotas).items():
            found = {key for result in results for key in result.ranking.keys}
            self._place(found, (query.level,), places)
            if sum(places[key].modality == modality for key in found) < wanted:
                condition = modality_condition(modality)
                where = f"({query.where}) AND {condition}" if query.where else condition
                results = joined(results, self._legs(replace(query, where=where), wanted))
        return results

    def _place(self, row_ids: Iterable[int], levels: Collection[Level], places: dict[int, Place]) -> None:
        """Add to `places` those of `row_ids` that are not there."""
        missing = {row_id for row_id in row_ids if row_id not in places}
        places.update(self._asked(lambda: read_places(self._dataset, missing, levels)))

    def _folded(self, query: Query, ranked: Ranked) -> Ranked:
        """Near-duplicates folded from the top on, until there are as many hits as were asked for."""
        if not query.folded or query.level != "element":
            return ranked
        window, candidates = query.limit, ranked.candidates
        while True:
            window *= 2
            texts = self._texts(candidates[:window], ranked.rows)
            kept = grouping.fold_near_duplicates(candidates[:window], texts, window)
            if len(kept) >= query.limit or window >= len(candidates):
                return replace(ranked, candidates=[*kept, *candidates[window:]])

    def _legs(self, query: Query, depth: int) -> list[LegResult]:
        words = query.analysis.words
        text_vector: Callable[[], Vectors] | None = None
        image_vector: Callable[[], Vectors] | None = None
        image = query.image
        if self._wants(query, "text_vector"):
            text_vector = partial(self._query_vector, words, "text_vector")
        if image is not None:
            if not self._has_vectors("image_vector"):
                raise SearchError(
                    f"release {self.release} holds no picture, so there is nothing to compare an image with"
                )
            image_vector = partial(self.encoder.image, image)
        elif self._wants(query, "image_vector"):
            image_vector = partial(self._query_vector, words, "image_vector")
        legs = LegQuery(
            words=words,
            text_vector=text_vector,
            image_vector=image_vector,
            identifiers=query.analysis.identifiers,
            phrases=query.analysis.phrases,
            where=query.where,
            depth=depth,
        )
        weights, points = query.plan.weights, self.operating_points
        return self._asked(lambda: run_legs(self.elements, legs, weights, points, self._pool))

    def _query_vector(self, words: str, column: str) -> Vectors:
        return self.encoder.texts([words], column)[0]

    def _answer(self, query: Query, explain: bool) -> Results:
        start = time.perf_counter()
        ranked = self._rank(query)
        hits = grouping.apply_quotas(ranked.candidates, query.quotas(self.options.quotas), query.limit)
        self._read(hits, ranked.rows)
        explanation = explanation_of(query, ranked.results, time.perf_counter() - start) if explain else {}
        return Results(query.text, self.release, hit_table(hits, ranked.rows), explanation, self.pictures)

    def _texts(self, hits: Sequence[Candidate], rows: dict[str, dict[str, Any]]) -> dict[str, str]:
        self._read(hits, rows)
        return {key: row["text"] or "" for key, row in rows.items()}

    def _read(self, hits: Sequence[Candidate], rows: dict[str, dict[str, Any]]) -> None:
        """Add the rows of hits to `rows` by element_id; taken by their place in the pinned table, no index is asked."""
        missing = [hit.place.row_id for hit in hits if hit.place.element_id not in rows]
        if missing:
            table = self._asked(lambda: take_rows(self._dataset, missing, HIT_COLUMNS))
            rows.update((row["element_id"], row) for row in table.to_pylist())

    @cached_property
    def reranker(self) -> Reranker | None:
        """The cross-encoder of `search.reranker`, loaded at first use; None where none is set."""
        return load_reranker(self.options.reranker) if self.options.reranker else None

    def _open(self, opening: Callable[[], LanceTable]) -> LanceTable:
        return self._asked(opening)

    def _asked(self, call: Callable[[], T]) -> T:
        """`call()`, with errors of the store as SearchError."""
        try:
            return call()
        except IndexStoreError as error:
            raise SearchError(str(error)) from error
        except (ValueError, RuntimeError, OSError) as error:
            reason = str(error).split(", /")[0].split("\n")[0]
            if "INVERTED" in reason or "full text search" in reason:
                reason = "it has no full-text index; run `codices index` to build it"
            raise SearchError(f"release {self.release} could not be searched: {reason}") from error


def _without_last_tie(fused: Sequence[Fused], count: int) -> int:
    """How many of the first `count` hits are sure to be the first: of equals that go on behind, none is."""
    if count >= len(fused):
        return len(fused)
    while count and fused[count - 1].order == fused[count].order:
        count -= 1
    return count
