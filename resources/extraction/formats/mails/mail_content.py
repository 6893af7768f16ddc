"""What a mail holds, whichever format it comes in."""

from __future__ import annotations

import email.errors
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
CONTENT_LINK = re.compile(r"(?i)cid:([^\"'\s>)]+)")  # to a part of the same mail


@dataclass
class Mail:
    headers: dict[str, str] = field(default_factory=dict)  # those of SHOWN_HEADERS
    body: list[tuple[Literal["html", "plain"], str]] = field(default_factory=list)  # parts in order
    inline: dict[str, bytes] = field(default_factory=dict)  # content id or name -> picture
    attachments: list[tuple[str, bytes]] = field(default_factory=list)  # (name, content)
    lost: list[str] = field(default_factory=list)  # parts that cannot be read, a sentence each

    @property
    def html(self) -> str:
        return "".join(text for kind, text in self.body if kind == "html")


def plain_id(content_id: str) -> str:
    """A content id without "cid:" and brackets."""
    return re.sub(r"(?i)^cid:", "", content_id).strip().strip("<>")


def header_text(value: object) -> str:
    """A header as a person reads it: encoded words decoded, on one line."""
    from email.header import decode_header, make_header

    text = str(value)
    if "=?" in text:
        with suppress(LookupError, UnicodeError, email.errors.HeaderParseError):
            text = str(make_header(decode_header(text)))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8", "replace").split())
