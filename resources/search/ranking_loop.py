"""The ranking loop over an opened release: legs run, lists fused, grouped, reranked and folded, deeper where that made
too few hits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

from lance import LanceDataset
from lancedb.table import LanceTable

from codices.resources.encoders import EncoderOptions
from codices.resources.encoders.common.interface import ImageTextEncoder, TextEncoder, Vectors
from codices.resources.index.errors import IndexStoreError
from codices.resources.index.lance_store import take_rows
from codices.resources.index.releases import OpenRelease
from codices.resources.search.encoding import QueryEncoder
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.filters import modality_condition
from codices.resources.search.ranking import grouping
from codices.resources.search.ranking.fusion import Fused, fuse
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.ranking.legs import LegQuery, LegResult, joined, run_legs
from codices.resources.search.ranking.places import Place, read_places
from codices.resources.search.ranking.query import Query, Ranked
from codices.resources.search.ranking.reranker import Reranker, load_reranker, rerank
from codices.resources.search.ranking.weights import base_plan
from codices.resources.search.results import HIT_COLUMNS
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import SearchOptions

T = TypeVar("T")

_DEPTH_PER_HIT = 2
"""A list of n hits is fused from legs of at least this many times n: groups swallow some."""

ENCODED_TOGETHER = 256
"""Queries of a batch: their vectors wait in the query cache, whatever size it has, until their turn."""

_DEEPER = 8
"""Times the depth that legs are run with again, when what they found makes too few hits."""

MAX_DEPTH = 10_000
"""Elements of a leg, unless more hits than that are asked for."""


class RankingLoop:
    """Finds and orders the elements of one release; `Index` is its face."""

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
            cache_size=max(self.options.query_cache, ENCODED_TOGETHER),
        )
        self.operating_points: Mapping[str, Mapping[str, int]] = settings.get("operating_points") or {}
        self._where: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="codices-leg")

    @property
    def release(self) -> str:
        """Name of the release that is read."""
        return self.opened.name

    @cached_property
    def elements(self) -> LanceTable:
        """The elements as a LanceDB table, pinned to the release."""
        return self._asked(lambda: self.opened.elements)

    @cached_property
    def _dataset(self) -> LanceDataset:
        """The elements for reading rows by id: through LanceDB that takes half as long again."""
        return self.elements.to_lance()

    def _encode(self, queries: Sequence[Query]) -> None:
        """Vectors of many queries in one batch; their legs then find them in memory."""
        for column in ("text_vector", "image_vector"):
            texts = [query.analysis.words for query in queries if self._wants(query, column)]
            if len(texts) > 1:
                self.encoder.texts(texts, column)

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
