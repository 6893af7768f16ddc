"""The tables of docs/configure.md, from the settings themselves: `python -m codices.resources.settings.reference`
rewrites what stands between the page's two markers, so that the page cannot say anything that the code does not.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from codices.resources.settings.settings import Settings

BEGIN = "<!-- settings: begin (made by python -m codices.resources.settings.reference) -->"
END = "<!-- settings: end -->"


def settings_reference() -> str:
    """Markdown: one table for the keys at the top of codices.toml, one for each section."""
    top, sections = [], []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            rows = [_row(key, each) for key, each in kind.model_fields.items()]
            sections.append(f"### `[{name}]`\n\n{_table(rows)}")
        else:
            top.append(_row(name, field))
    return "\n\n".join(["### At the top of the file", _table(top), *sections])


def update_page(page: str) -> str:
    """`page` with fresh tables between its markers. Raises ValueError when a marker is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks its markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{settings_reference()}\n\n{END}{after}"


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    head = ("Key", "Default", "Values", "Effect")
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], "| --- | --- | --- | --- |", *lines[1:]])


def _row(name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    default = field.get_default(call_default_factory=True)
    return f"`{name}`", _toml(default), accepted_values(field), field.description or ""


def _toml(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, dict) and value:
        return f"{len(value)}: " + ", ".join(f"`{key}`" for key in value)
    if isinstance(value, tuple | list):
        return "`[" + ", ".join(_toml(each).strip("`") for each in value) + "]`"
    return f"`{value}`"


def accepted_values(field: FieldInfo) -> str:
    """What a setting may be, in Markdown: its kind or choices, and its bounds."""
    bounds = []
    for rule in field.metadata:
        for attribute, words in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below")):
            if (bound := getattr(rule, attribute, None)) is not None:
                bounds.append(f"{words} {bound:g}" if isinstance(bound, float) else f"{words} {bound}")
    return " ".join([_kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) in (tuple, list):
        return "list of " + {"string": "strings"}.get(_kind(get_args(annotation)[0]), "values")
    if get_origin(annotation) is dict:
        return "table"
    plain = {str: "string", bool: "true, false", int: "integer", float: "number"}
    if annotation in plain:
        return plain[annotation]
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    return ", ".join(_kind(choice) for choice in choices)


def main(page: Path) -> None:
    page.write_text(update_page(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/configure.md"))
