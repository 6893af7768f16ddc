"""The search index as its readers see it: `open_index(home).search("how is the load balancer set up")`.

An `Index` is one release: it never changes under a reader, keeps its tables and query vectors in memory, and can be
shared between threads. Writes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from lancedb.table import LanceTable

from codices.resources.encoders import EncoderOptions
from codices.resources.encoders.common.interface import ImageTextEncoder, TextEncoder
from codices.resources.foundation.files import is_remote
from codices.resources.home.home import HomeError, tables_of_home
from codices.resources.index.errors import IndexStoreError, TableDamaged
from codices.resources.index.lance_store import one_of
from codices.resources.index.releases import OpenRelease, open_release
from codices.resources.index.tables import Tables
from codices.resources.search.arguments import check_opening, check_queries, database_uri
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.filters import checked_where
from codices.resources.search.query.queries import Picture, QueryRow, clean_query, image_bytes
from codices.resources.search.query.router import QueryAnalysis
from codices.resources.search.query_checking import checked_query
from codices.resources.search.ranking import grouping
from codices.resources.search.ranking.fusion import Ranking
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.ranking.places import Place
from codices.resources.search.ranking.query import Query, explanation_of
from codices.resources.search.ranking.weights import base_plan
from codices.resources.search.ranking_loop import ENCODED_TOGETHER, RankingLoop
from codices.resources.search.results import Results, hit_table
from codices.resources.settings.levels import LEVELS, Level
from codices.resources.settings.search_options import LEGS, Fusion, SearchOptions


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


class Index(RankingLoop):
    """One release, open for searching. Made by `open_index`."""

    def fused_by(self, kind: Fusion) -> Index:
        """The same release with the other fusion and its own weights, the models shared."""
        other = copy(self)
        other.options = self.options.model_copy(update={"fusion": kind})
        other.plan = base_plan(other.options, self.profile, self.settings.get("calibration"))
        return other

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.opened.settings

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.opened.metrics

    @cached_property
    def documents(self) -> LanceTable:
        return self._asked(lambda: self.opened.documents)

    @cached_property
    def images(self) -> LanceTable:
        return self._asked(lambda: self.opened.images)

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
        for start in range(0, len(queries), ENCODED_TOGETHER):
            stop = start + ENCODED_TOGETHER
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
        for start in range(0, len(queries), ENCODED_TOGETHER):
            checked = [
                self._checked(query.text, limit, query.modality, None, None, "element", every)
                for query in queries[start : start + ENCODED_TOGETHER]
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
        for start in range(0, len(queries), ENCODED_TOGETHER):
            checked = [
                replace(
                    self._checked(query, limit, modality, where, data, level, weights),
                    folded=self.options.fold_near_duplicates,
                )
                for query in queries[start : start + ENCODED_TOGETHER]
            ]
            self._encode(checked)
            answers.extend(self._answer(each, explain) for each in checked)
        return answers

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
        return checked_query(
            query,
            limit,
            modality,
            where,
            image,
            level,
            weights,
            plan=self.plan,
            language=self.language,
            check_where=self._checked_where,
        )

    def _checked_where(self, where: str) -> str:
        if where not in self._where:
            self._where[where] = checked_where(self.elements, where)
        return self._where[where]

    def _answer(self, query: Query, explain: bool) -> Results:
        start = time.perf_counter()
        ranked = self._rank(query)
        hits = grouping.apply_quotas(ranked.candidates, query.quotas(self.options.quotas), query.limit)
        self._read(hits, ranked.rows)
        explanation = explanation_of(query, ranked.results, time.perf_counter() - start) if explain else {}
        return Results(query.text, self.release, hit_table(hits, ranked.rows), explanation, self.pictures)
