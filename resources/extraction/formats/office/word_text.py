"""The text of Word paragraphs: runs, symbols, raised digits, form fields, and the targets of links."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from codices.resources.extraction.formats.office.office_xml import SYMBOL_FONT, qn

Target = Callable[[str], str]  # relation id -> the address outside the file, "" where there is none

_TEXT, _TAB, _BREAK, _RETURN, _HYPHEN, _MATH = map(qn, ("w:t", "w:tab", "w:br", "w:cr", "w:noBreakHyphen", "m:t"))
_SYMBOL, _LINK, _FIELD, _SIMPLE_FIELD, _INSTRUCTION, _RUN, _VALUE = map(
    qn, ("w:sym", "w:hyperlink", "w:fldChar", "w:fldSimple", "w:instrText", "w:r", "w:val")
)
_NOT_READ = {qn(name) for name in ("w:del", "w:moveFrom", "w:txbxContent", "mc:Fallback", "w:pPr", "w:rPr", "w:pict")}
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")  # noqa: RUF001
_RAISED_NUMBER = re.compile(r"[\d+\-−=()ni, ]*[\dn][\d+\-−=()ni, ]*")  # noqa: RUF001
_ADDRESS = re.compile(r'\bHYPERLINK\s+"([^"]+)"', re.IGNORECASE)
_OFF = ("0", "false", "off")
_CHECKED, _NOT_CHECKED = "☒", "☐"


def word_text(paragraph: Any, target: Target = lambda relation: "") -> str:
    """The text of a paragraph as it stands after all changes are accepted, without text boxes on it.

    A link to an address outside the document is followed by it in parentheses.
    """
    return _Text(target).read(paragraph)


class _Text:
    def __init__(self, target: Target):
        self.target = target
        self.parts: list[str] = []
        self.fields: list[tuple[list[str], int]] = []  # instructions of the fields that are open, where each began

    def read(self, paragraph: Any) -> str:
        self.children(paragraph)
        return "".join(self.parts)

    def children(self, parent: Any) -> None:
        for element in parent:
            tag = element.tag
            if tag in _NOT_READ:
                continue
            if tag in (_TEXT, _MATH):
                self.parts.append(element.text or "")
            elif tag == _TAB:
                self.parts.append("\t")
            elif tag in (_BREAK, _RETURN):
                self.parts.append("\n")
            elif tag == _HYPHEN:
                self.parts.append("-")
            elif tag == _SYMBOL:
                self.parts.append(_symbol(element))
            elif tag == _INSTRUCTION:
                if self.fields:
                    self.fields[-1][0].append(element.text or "")
            elif tag == _FIELD:
                self.field(element)
            elif tag == _RUN and _is_raised(element):
                self.raised(element)
            elif tag == _LINK:
                self.linked(element, self.target(element.get(qn("r:id"), "")))
            elif tag == _SIMPLE_FIELD:
                self.linked(element, _address(element.get(qn("w:instr"), "")))
            else:
                self.children(element)

    def field(self, element: Any) -> None:
        kind = element.get(qn("w:fldCharType"))
        if kind == "begin":
            self.fields.append(([], len(self.parts)))
            self.parts.append(_form_field(element))
        elif kind == "end" and self.fields:
            instructions, start = self.fields.pop()
            self.address(start, _address("".join(instructions)))

    def raised(self, run: Any) -> None:
        start = len(self.parts)
        self.children(run)
        text = "".join(self.parts[start:])
        if _RAISED_NUMBER.fullmatch(text):  # letters have no raised form: "1st" stays as it is
            self.parts[start:] = [text.translate(_RAISED)]

    def linked(self, element: Any, address: str) -> None:
        start = len(self.parts)
        self.children(element)
        self.address(start, address)

    def address(self, start: int, address: str) -> None:
        """Written after the words of its link, unless they say it already."""
        said = "".join(self.parts[start:])
        bare = re.sub(r"^(?:https?://|mailto:)", "", address).rstrip("/")
        if bare and said.strip() and bare not in said:
            self.parts.append(f" ({address.removeprefix('mailto:')})")


def _is_raised(run: Any) -> bool:
    align = run.find(f"{qn('w:rPr')}/{qn('w:vertAlign')}")
    return align is not None and align.get(_VALUE) == "superscript"


def _form_field(begin: Any) -> str:
    """The state of a check box, or the chosen entry of a drop-down list, of which the text itself has nothing."""
    box = begin.find(f"{qn('w:ffData')}/{qn('w:checkBox')}")
    if box is not None:
        state = box.find(qn("w:checked"))
        state = box.find(qn("w:default")) if state is None else state
        return _NOT_CHECKED if state is None or state.get(_VALUE, "1") in _OFF else _CHECKED
    entries = begin.find(f"{qn('w:ffData')}/{qn('w:ddList')}")
    if entries is None:
        return ""
    words = [entry.get(_VALUE, "") for entry in entries.iterfind(qn("w:listEntry"))]
    chosen = entries.find(qn("w:result"))
    chosen = entries.find(qn("w:default")) if chosen is None else chosen
    number = chosen.get(_VALUE, "0") if chosen is not None else "0"
    return words[int(number)] if number.isdigit() and int(number) < len(words) else ""


def _address(instruction: str) -> str:
    found = _ADDRESS.search(instruction)
    return found[1] if found else ""


def _symbol(element: Any) -> str:
    """A character of a symbol font; what another font than Symbol draws there has no name."""
    code = int(element.get(qn("w:char"), "0"), 16)
    if not 0xF000 <= code <= 0xF0FF:
        return chr(code)
    return SYMBOL_FONT.get(code - 0xF000, "") if element.get(qn("w:font"), "").lower() == "symbol" else ""
