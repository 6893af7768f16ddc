"""Settings of chunks and elements (the `[elements]` table of codices.toml)."""

from __future__ import annotations

from pydantic import Field, field_validator

from codices.resources.settings.options import Options


class ElementOptions(Options):
    max_tokens: int = Field(
        default=0, ge=0, description="tokens of a chunk; 0 means what the text encoder can read, else 16 or more"
    )
    overlap_tokens: int = Field(
        default=0, ge=0, description="tokens of a chunk's end that the next chunk of its section repeats"
    )
    max_table_tokens: int = Field(
        default=512, ge=32, description="a longer table is split between rows, its header repeated"
    )

    @field_validator("max_tokens")
    @classmethod
    def _enough_tokens(cls, tokens: int) -> int:
        if 0 < tokens < 16:
            raise ValueError(f"chunks of {tokens} tokens are too short to say anything; give 0, or 16 and more")
        return tokens
