"""What everything that is printed for a person has in common: consoles, and text that can do nothing to a terminal."""

from __future__ import annotations

import re
from typing import TextIO

from rich.console import Console

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
NOT_IN_TEXT = re.compile(f"[{_CONTROL}]")
_NOT_IN_A_LINE = re.compile(f"[{_CONTROL}\\t\\n\u2028-\u202e\u2066-\u2069]")


def shown(text: object, unwanted: re.Pattern[str] = _NOT_IN_A_LINE) -> str:
    """Text without a character that a terminal would obey or that breaks a line: those are written as escapes."""
    return unwanted.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def plain_console(file: TextIO | None = None, *, stderr: bool = False) -> Console:
    """Names, reasons and words come from files: they are printed as they are, never taken for markup."""
    return Console(file=file, stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)
