"""A new codices.toml: every setting with what it does and its default, commented out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from codices.resources.settings.reference import accepted_values
from codices.resources.settings.settings import Settings
from codices.resources.settings.settings_error import SettingsError

_HEAD = """# Settings of Codices. What is commented out shows the default: take the # away to change it.
# `codices config` prints what counts, and where it comes from.
"""


def write_settings_file(path: Path, corpus: str | None = None) -> None:
    """Write the file at `path`, with `corpus` set where it is given. Raises SettingsError when it is there already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(settings_template(corpus))
    except FileExistsError as error:
        raise SettingsError(f"{path} is there already; `codices config` prints what it sets") from error


def settings_template(corpus: str | None = None) -> str:
    """The text of a codices.toml that, apart from `corpus`, changes nothing."""
    top, sections = [_HEAD], []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            entries = [_entry(key, each) for key, each in kind.model_fields.items()]
            sections.append("\n".join([f"[{name}]", *entries]))
        else:
            top.append(_entry(name, field, corpus if name == "corpus" else None))
    return "\n".join(top) + "\n" + "\n".join(sections)


def _entry(name: str, field: FieldInfo, value: str | None = None) -> str:
    default = field.get_default(call_default_factory=True)
    line = f"# {name} =" if default is None else f"# {name} = {toml_value(default)}"
    if value is not None:
        line = f"{name} = {toml_value(value)}"
    unset = "" if default is not None else "; not set"
    return f"# {field.description} ({accepted_values(field).replace('`', '')}{unset})\n{line}\n"


def toml_value(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
