"""Settings of extraction (the `[extraction]` table of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ExtractionOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_seconds: float = Field(120, gt=0, description="per document or page range")
    memory_gib: float = Field(3, gt=0, description="above what the worker holds at its start")
    workers: int = Field(0, ge=0, description="parsing processes; 0 means one per core")
