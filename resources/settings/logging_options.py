"""Settings of the lines about documents (the `[logging]` table of codices.toml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from codices.resources.settings.options import Options


class LoggingOptions(Options):
    format: Literal["text", "json"] = Field(
        default="text", description="of the line that every failed and every slow document has"
    )
    file: str | None = Field(
        default=None, description="file to append them to; else the log of the step, or the terminal"
    )
    slow_seconds: float = Field(default=30, gt=0, description="in one worker, from which a document counts as slow")
