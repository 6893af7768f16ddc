"""What leaves a worker is valid, whatever a parser gave: text that is Unicode, numbers that their columns can hold."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any, TypeVar

Value = TypeVar("Value")

INT32 = 2**31 - 1  # what the columns for page numbers, sizes and places in reading order hold

_HALF = re.compile("[\ud800-\udfff]")
# Control characters (C0 less tab and line ends, DEL, C1) and the halves of UTF-16 pairs.
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS = re.compile("[\x0b\x0c\x1c-\x1f\x85]+")  # control characters that part words: line and form feeds, separators
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


def well_formed(text: str) -> str:
    """The text as Unicode that can be encoded: UTF-16 halves are joined, a lone one is U+FFFD, control characters are
    gone (a blank where they part words); tabs and line ends stay."""
    if _BAD.search(text) is None:
        return text
    if _HALF.search(text) is not None:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", _BLANKS.sub(" ", text))


def character(code: int) -> str:
    """The character of a code point that a library reports; U+FFFD for none (0), a lone half, and what is past
    U+10FFFF."""
    return "\ufffd" if code <= 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def joined(high: int, low: int) -> int | None:
    """The code point that two UTF-16 code units are, or None when they are no pair."""
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    return None


def make_valid(value: Value) -> Value:
    """A value of the extraction model (a dataclass, or lists, tuples and dicts of them) with every text `well_formed`,
    whole numbers within 32 bits, and numbers that are finite (0 otherwise). Changes dataclasses that are not frozen in
    place."""
    return _valid(value)


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if value is None or isinstance(value, bool | bytes):
        return value
    if isinstance(value, int):
        return max(-INT32, min(value, INT32))
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    if isinstance(value, list):
        return [_valid(each) for each in value]
    if isinstance(value, tuple):
        return tuple(_valid(each) for each in value)
    if isinstance(value, dict):
        return {_valid(key): _valid(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _valid_fields(value)
    return value


def _valid_fields(value: Any) -> Any:
    before = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    changed = {name: valid for name, old in before.items() if (valid := _valid(old)) is not old}
    if not changed:
        return value
    if type(value).__dataclass_params__.frozen:
        return dataclasses.replace(value, **changed)
    for name, valid in changed.items():
        setattr(value, name, valid)
    return value
