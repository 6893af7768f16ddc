"""Settings of search and fusion (the `[search]` and `[retrieval]` tables of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SearchOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    k: int = Field(60, gt=0, description="RRF's constant (Cormack, Clarke, Büttcher 2009)")
    depth: int = Field(100, gt=0, description="hits that every leg contributes")
    weights: dict[str, float] | None = Field(None, description="leg -> weight; None takes the release's calibration")


class RetrievalOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    queries: str | None = Field(None, description="JSON lines file of queries {id, text}, relative to codices.toml")
    judgements: str | None = Field(None, description="TREC qrels for them")
    max_quality_drop: float = Field(0.02, ge=0, description="nDCG@10 that a release may lose against the last")
