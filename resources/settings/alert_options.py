"""Settings of alerts (the `[alerts]` table of codices.toml)."""

from __future__ import annotations

from pydantic import Field

from codices.resources.settings.options import Options


class AlertOptions(Options):
    webhook: str | None = Field(
        default=None, description="URL that gets a JSON object by POST when a run or a check fails"
    )
    email: tuple[str, ...] = Field(default=(), description="addresses that get a mail then")
    sender: str = Field(default="codices@localhost", description="address that these mails come from")
    smtp: str = Field(default="localhost:25", description="host and port that takes the mails, without a password")

    @property
    def wanted(self) -> bool:
        """Whether anybody is to be told."""
        return bool(self.webhook or self.email)
