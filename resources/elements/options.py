"""Settings of chunks and elements (the `[elements]` table of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ElementOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int = Field(default=0, ge=0, description="tokens of a chunk; 0 means what the text encoder can read")
    overlap_tokens: int = Field(
        default=0, ge=0, description="tokens of a chunk's end that the next chunk of its section repeats"
    )
    max_table_tokens: int = Field(
        default=512, ge=32, description="a longer table is split between rows, its header repeated"
    )
