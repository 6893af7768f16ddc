"""Cell values as they are shown: a number, date or truth value in the format of its cell, in English notation."""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]')
_GENERAL = re.compile("general", re.IGNORECASE)
_EXACT = Context(prec=400)  # digits: a spreadsheet's largest number has 309, its smallest fraction ends with the 324th
_DIGITS = re.compile(r"([0#][0#,]*)(\.[0#]*)?(,*)")


def shown(value: Any, number_format: str) -> str:
    """A cell's value the way the sheet shows it, in English notation; what has no simple form is written out."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time(0) and not re.search(r"[hHsS]", _plain_format(number_format)):
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(value, int | float):
        return _number(value, number_format)
    return str(value)


def _plain_format(number_format: str) -> str:
    return _LITERAL.sub("", number_format)


def _number(value: float, number_format: str) -> str:
    sections = (number_format or "General").split(";")
    chosen = sections[0]
    if (value < 0 and len(sections) > 1) or (value == 0 and len(sections) > 2):
        chosen = sections[1 if value < 0 else 2]
    # Literals may hold digits and signs of their own: they are blanked out, at their length.
    masked = _LITERAL.sub(lambda literal: "\0" * len(literal[0]), chosen)
    digits = _DIGITS.search(masked)
    if digits is None and '"' in chosen and not masked.strip("\0 "):
        return _literal(chosen).strip() or _general(value)
    if digits is None and (general := _GENERAL.search(masked)) is not None:
        said = _general(abs(value) if chosen is not sections[0] else value)
        return (_literal(chosen[: general.start()]) + said + _literal(chosen[general.end() :])).strip()
    if digits is None or re.search(r"[eE/?@]", masked):
        return _general(value)
    if re.search(r"[0#]", masked[digits.end() :]):
        return _in_pattern(value, chosen, masked) if not re.search(r"[.,%]", masked) else _general(value)
    whole, fraction = digits[1], digits[2] or ""
    thousands = len(digits[3]) + len(whole) - len(whole.rstrip(","))
    exact = _exact(value) * (100 if "%" in masked else 1) / 1000**thousands
    decimals, least = len(fraction) - 1 if fraction else 0, fraction.count("0")
    separator = "," if "," in whole.rstrip(",") else ""
    exact = _rounded(exact, decimals)
    text = f"{abs(exact):{separator}.{decimals}f}"
    head, _, tail = text.partition(".")
    tail = tail[:least] + tail[least:].rstrip("0")
    if not separator:
        head = head.zfill(whole.count("0"))
    text = f"{head}.{tail}" if tail else head
    # What stands for a negative number is said by its sign.
    before = _literal(chosen[: digits.start()]).strip().strip("(-")
    after = _literal(chosen[digits.end() :]).rstrip().removesuffix(")").rstrip()
    return f"{'-' if exact < 0 else ''}{before}{text}{after}"


def _exact(value: float) -> Decimal:
    """The number as a spreadsheet has it: 15 digits, so that 2.675 is not a little less."""
    return Decimal(f"{value:.15g}" if isinstance(value, float) else value)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    """Half away from zero, as spreadsheets round."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)


def _in_pattern(value: float, pattern: str, masked: str) -> str:
    """Digits laid into "000-00-0000" from its end; those that are left over stand at the first place."""
    digits = str(abs(_rounded(_exact(value), 0)))
    places = [place for place, sign in enumerate(masked) if sign in "0#"]
    digits = digits.rjust(len(places))
    more, digits = digits[: -len(places)], digits[-len(places) :]
    laid = {
        place: "0" if digit == " " and masked[place] == "0" else digit.strip()
        for place, digit in zip(places, digits, strict=True)
    }
    laid[places[0]] = more + laid[places[0]]
    parts, end = [], 0
    for place in places:
        parts += [_literal(pattern[end:place]), laid[place]]
        end = place + 1
    return ("-" if value < 0 else "") + ("".join(parts) + _literal(pattern[end:])).strip()


def _literal(part: str) -> str:
    """What a format writes beside the digits."""
    return _LITERAL.sub(lambda found: found[1] or found[2] or found[3] or "", part)


def _general(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,\s]+%?", text) is not None
