"""Settings of search and fusion (the `[search]` and `[retrieval]` tables of codices.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from codices.resources.settings.levels import Level
from codices.resources.settings.options import Options

LEGS = ("bm25", "text_vector", "image_vector", "identifiers", "phrases")
"""Every ranked list that fusion knows. `docs/search.md` says what each one finds."""

Fusion = Literal["rrf", "convex"]


RRF_K = 5
"""RRF's constant. 60 (Cormack, Clarke, Büttcher 2009) is for lists of a thousand; of two legs and the first ten hits, 5
measured best (docs/search.md)."""


class SearchOptions(Options):
    fusion: Literal["auto", "rrf", "convex"] = Field(
        default="auto", description="auto takes what the release's calibration adopted, else rrf"
    )
    k: int = Field(default=RRF_K, gt=0, description="RRF's constant: the smaller, the more the first ranks count")
    depth: int = Field(default=100, gt=0, le=10_000, description="hits that every leg contributes")
    weights: dict[str, float] | None = Field(
        default=None, description="leg -> weight, over the release's calibration; 0 switches a leg off"
    )
    intent_boost: float = Field(
        default=0.25, ge=0, description="share by which a modality that the query names is raised"
    )
    quotas: dict[str, int] = Field(
        default_factory=dict, description="modality -> places it is sure of among the hits, where it has any"
    )
    fold_near_duplicates: bool = Field(
        default=True, description="show elements with (nearly) the same words once, at level element"
    )
    reranker: str | None = Field(default=None, description="folder of a cross-encoder for the top of the list")
    reranker_depth: int = Field(default=50, gt=0, le=1000, description="hits that the reranker reads")
    query_cache: int = Field(default=1024, ge=0, description="query vectors kept in memory")

    def over(self, recorded: Mapping[str, Any]) -> SearchOptions:
        """`recorded` (as a release keeps them), with what is set here, be it to the default, in its place."""
        return SearchOptions.model_validate({**recorded, **self.model_dump(include=self.model_fields_set)})

    @field_validator("weights")
    @classmethod
    def _known_legs(cls, weights: dict[str, float] | None) -> dict[str, float] | None:
        for leg, weight in (weights or {}).items():
            if leg not in LEGS:
                raise ValueError(f"unknown leg {leg!r}; there are {', '.join(LEGS)}")
            if not 0 <= weight < float("inf"):
                raise ValueError(f"the weight of {leg} is {weight}; it must be a number from 0 on")
        return weights

    @field_validator("quotas")
    @classmethod
    def _known_modalities(cls, quotas: dict[str, int]) -> dict[str, int]:
        for modality, places in quotas.items():
            if modality not in ("text", "table", "figure") or places < 0:
                raise ValueError(f"quota {modality!r}: {places}; modalities are text, table and figure, places >= 0")
        return quotas


class RetrievalOptions(Options):
    queries: str | None = Field(
        default=None, description="JSON lines file of queries {id, text, type?, modality?}, relative to codices.toml"
    )
    judgements: str | None = Field(default=None, description="TREC qrels for them: ids of `level`")
    level: Literal["auto"] | Level = Field(
        default="auto", description="what the ids of the judgements are; auto looks what they name in the index"
    )
    limit: int = Field(default=100, ge=10, le=1000, description="hits kept for a query")
    calibrate: Literal["auto", "never"] = Field(
        default="auto",
        description="auto learns leg weights from judged queries, or from the corpus where there are none",
    )
    max_quality_drop: float = Field(default=0.02, ge=0, description="nDCG@10 that a release may lose against the last")
