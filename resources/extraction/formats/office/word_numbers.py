"""The automatic numbers of Word's headings and lists ("1.2.1", "2."), which stand in no paragraph's text.

Words as in ECMA-376, 17.9: an abstract numbering says what its levels look like, a numbering uses it, and all
numberings of one abstract numbering count together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codices.resources.extraction.formats.office.office_xml import qn

_VALUE, _NUM_ID, _LEVEL = qn("w:val"), qn("w:numId"), qn("w:ilvl")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LEVELS = 9


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text


def _letter(number: int) -> str:
    """a ... z, aa ... zz, aaa ...: as Word goes on after z."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else ""


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_WRITTEN: dict[str, Callable[[int], str]] = {
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": _ordinal,
    "none": lambda number: "",
}  # every other format is written in digits


@dataclass(frozen=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    in_digits: bool = False  # all numbers of the label, whatever the form of their own level
    style: str = ""  # the paragraph style that has this level


class WordNumbers:
    """Counts the numbered paragraphs of one document; `label` is asked for each of them once, in their order."""

    def __init__(self, numbering: Any, styles: Any):
        """`numbering` and `styles` are the root elements of these parts; None where a document has none."""
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._nums: dict[str, tuple[str, dict[int, int]]] = {}  # numbering -> abstract one, level -> start of its own
        self._style_nums: dict[str, tuple[str, int | None]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()
        if styles is not None:
            self._read_styles(styles)
        if numbering is not None:
            self._read_numbering(numbering)

    def label(self, paragraph: Any) -> str:
        """The number that stands before a paragraph; "" where it has none, or a bullet."""
        num_id, number_level = self._place(paragraph)
        abstract_id, starts = self._nums.get(num_id, ("", {}))
        levels = self._abstract.get(abstract_id, {})
        level = levels.get(number_level)
        if level is None:
            return ""
        counts = self._counts.setdefault(abstract_id, [None] * _LEVELS)
        if number_level in starts and (num_id, number_level) not in self._begun:
            counts[number_level] = starts[number_level]
        else:
            before = counts[number_level]
            counts[number_level] = level.start if before is None else before + 1
        self._begun.add((num_id, number_level))
        counts[number_level + 1 :] = [None] * (_LEVELS - number_level - 1)
        return "" if level.form == "bullet" else _written(level, levels, counts)

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Numbering and level of a paragraph, its style's where it has none of its own."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return "", 0
        style = properties.find(qn("w:pStyle"))
        style_id = style.get(_VALUE, "") if style is not None else ""
        num_id, level = _num_of(properties)
        style_num, style_level = self._style_nums.get(style_id, ("", None))
        if not num_id:
            num_id = style_num
            if level is None:
                level = style_level if style_level is not None else self._level_of_style(num_id, style_id)
        return num_id, min(level or 0, _LEVELS - 1)

    def _level_of_style(self, num_id: str, style_id: str) -> int:
        levels = self._abstract.get(self._nums.get(num_id, ("", {}))[0], {})
        return next((number for number, level in levels.items() if level.style == style_id), 0)

    def _read_styles(self, styles: Any) -> None:
        elements = {style.get(qn("w:styleId"), ""): style for style in styles.iter(qn("w:style"))}
        for style_id, style in elements.items():
            seen: set[str] = set()
            current, current_id = style, style_id
            num_id, level = "", None
            while current is not None and current_id not in seen and not num_id:
                seen.add(current_id)
                properties = current.find(qn("w:pPr"))
                num_id, own_level = _num_of(properties) if properties is not None else ("", None)
                level = own_level if level is None else level
                parent = current.find(qn("w:basedOn"))
                current_id = parent.get(_VALUE, "") if parent is not None else ""
                current = elements.get(current_id)
            if num_id:
                self._style_nums[style_id] = (num_id, level)

    def _read_numbering(self, numbering: Any) -> None:
        linked: dict[str, str] = {}  # abstract numbering -> the style that has its levels
        for abstract in numbering.iterfind(qn("w:abstractNum")):
            abstract_id = abstract.get(qn("w:abstractNumId"), "")
            self._abstract[abstract_id] = _levels(abstract)
            link = abstract.find(qn("w:numStyleLink"))
            if link is not None:
                linked[abstract_id] = link.get(_VALUE, "")
        for num in numbering.iterfind(qn("w:num")):
            abstract = num.find(qn("w:abstractNumId"))
            starts = {}
            for override in num.iterfind(qn("w:lvlOverride")):
                start = override.find(qn("w:startOverride"))
                if start is not None:
                    starts[_integer(override.get(_LEVEL), 0)] = _integer(start.get(_VALUE), 1)
            name = abstract.get(_VALUE, "") if abstract is not None else ""
            self._nums[num.get(_NUM_ID, "")] = (name, starts)
        for abstract_id, style_id in linked.items():
            num_id, _ = self._style_nums.get(style_id, ("", None))
            self._abstract[abstract_id] = self._abstract.get(self._nums.get(num_id, ("", {}))[0], {})


def _levels(abstract: Any) -> dict[int, _Level]:
    found = {}
    for level in abstract.iterfind(qn("w:lvl")):

        def value(name: str, element: Any = level) -> str | None:
            child = element.find(qn(name))
            return child.get(_VALUE, "") if child is not None else None

        digits = value("w:isLgl")
        found[_integer(level.get(_LEVEL), 0)] = _Level(
            _integer(value("w:start"), 0),
            value("w:numFmt") or "decimal",
            value("w:lvlText") or "",
            digits is not None and digits not in ("0", "false"),
            value("w:pStyle") or "",
        )
    return found


def _written(level: _Level, levels: dict[int, _Level], counts: list[int | None]) -> str:
    def number(place: re.Match[str]) -> str:
        index = int(place[1]) - 1
        other = levels.get(index, _Level())
        count = counts[index]
        count = other.start if count is None else count
        form = "decimal" if level.in_digits else other.form
        return _WRITTEN.get(form, str)(count)

    return re.sub(r"%([1-9])", number, level.text).strip()


def _num_of(properties: Any) -> tuple[str, int | None]:
    num, level = properties.find(f"{qn('w:numPr')}/{_NUM_ID}"), properties.find(f"{qn('w:numPr')}/{_LEVEL}")
    return (
        num.get(_VALUE, "") if num is not None else "",
        _integer(level.get(_VALUE), 0) if level is not None else None,
    )


def _integer(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else default
