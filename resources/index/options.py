"""Settings of the index (the `[index]` table of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class IndexOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    vector_index: str = Field(default="auto", description="auto, flat, ivf_hnsw_sq, ivf_sq, ivf_rq or ivf_pq")
    flat_below: int = Field(default=20_000, ge=0, description="rows under which vectors are scanned exactly")
    min_recall: float = Field(
        default=0.99, gt=0, le=1, description="recall@10 against exact search that a build must hold"
    )
    language: str = Field(default="English", description="of stemming and stop words in full text")
