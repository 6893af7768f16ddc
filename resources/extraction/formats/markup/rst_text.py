"""Sphinx's own directives in reStructuredText, rewritten as plain text where pandoc would drop what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIRECTIVE = re.compile(r"(\s*)\.\. ((?:[\w+-]+:)*[\w+-]+)::(?:[ \t]+(.*))?$")
_OPTION = re.compile(r"\s+:([\w-]+):[ \t]*(.*)$")
# Each names something and describes it below; with a domain before them ("py:function") pandoc knows none of them.
_DESCRIPTIONS = {
    "function", "class", "method", "attribute", "property", "data", "exception", "decorator", "classmethod",
    "staticmethod", "confval", "describe", "object",
}  # fmt: skip
_QUOTES = {"epigraph", "highlights", "pull-quote"}
_CODE = {"code-block", "code", "sourcecode"}
_LITERAL = {*_CODE, "parsed-literal", "raw", "math", "prompt"}
_SAID_OPTIONS = {"type", "value", "default", "required"}


def plain_directives(text: str) -> str:
    """The same text with signatures, their types, captions of code and the first line of quotes as paragraphs."""
    return "\n".join(_rewritten(text.splitlines()))


def _rewritten(lines: list[str]) -> Iterator[str]:
    literal: int | None = None  # indentation of what a block of literal text stands under
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        indent = len(line) - len(line.lstrip())
        if literal is not None and (not line.strip() or indent > literal):
            yield line
            continue
        literal = None
        directive = _DIRECTIVE.match(line)
        if directive is None:
            if line.rstrip().endswith("::") and not line.lstrip().startswith(".."):
                literal = indent
            yield line
            continue
        margin, name, argument = directive[1], directive[2], (directive[3] or "").strip()
        if ":" in name or name in _DESCRIPTIONS:
            signatures, options = [argument], []
            while place < len(lines) and re.match(rf"\s{{{indent + 1}}}\s*\S", lines[place]):
                option = _OPTION.match(lines[place])
                if option is None:
                    signatures.append(lines[place].strip())
                elif option[1] in _SAID_OPTIONS:
                    options.append(lines[place])
                place += 1
            for signature in filter(None, signatures):
                yield f"{margin}``{signature}``"
                yield ""
            yield from options
            yield ""
        elif name in _CODE:
            literal = indent
            header = [line]
            while place < len(lines) and (option := _OPTION.match(lines[place])) is not None:
                if option[1] == "caption":
                    yield margin + option[2]
                    yield ""
                else:
                    header.append(lines[place])
                place += 1
            yield from header
        elif name in _QUOTES and argument:
            yield f"{margin}.. {name}::"
            yield ""
            yield f"{margin}   {argument}"
        else:
            literal = indent if name in _LITERAL else None
            yield line
