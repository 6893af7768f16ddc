"""The keys of the settings: which there are, which one a misspelt one means, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX = "CODICES_"
NOT_SETTINGS = ("CODICES_CONFIG", "CODICES_WHY")  # where settings are; why a run was started


@dataclass(frozen=True)
class Effective:
    """One setting: its dotted key, its value, and `source`, one of default, file, environment and option."""

    key: str
    value: Any
    source: str


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """(dotted key, field) of every setting, sections in place of themselves."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def keys(model: type[BaseModel]) -> list[str]:
    """The dotted keys of all settings."""
    return [key for key, _ in fields(model)]


def suggestion(key: str, known: Collection[str]) -> str:
    """`; did you mean ...?` with the known key that is most like `key`; empty where none is."""
    meant = _closest(key, known)
    return f"; did you mean {meant}?" if meant else ""


def _closest(key: str, known: Collection[str]) -> str | None:
    close = get_close_matches(key, known, n=1, cutoff=0.6)
    if not close:  # the right name in the wrong section
        names = {each.rpartition(".")[2]: each for each in known}
        close = [names[name] for name in get_close_matches(key.rpartition(".")[2], list(names), n=1, cutoff=0.75)]
    return close[0] if close else None


def variable(key: str) -> str:
    """The environment variable of a key."""
    return PREFIX + key.upper().replace(".", "__")


def unknown_variables(model: type[BaseModel], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """CODICES_* variables that set nothing -> what to say of each."""
    known = {variable(key): key for key in keys(model)}
    sections = {name.rpartition("__")[0] for name in known if "__" in name}
    found = {}
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in NOT_SETTINGS or upper in known or upper in sections:
            continue
        if any(upper.startswith(f"{each}__") for each in known):  # a key of a table, as search.weights
            continue
        meant = _closest(upper.removeprefix(PREFIX).lower().replace("__", "."), known.values())
        found[name] = f"{name} is no setting" + (f"; did you mean {variable(meant)}?" if meant else "")
    return found


def effective(settings: BaseModel, file: Mapping[str, Any], options: Collection[str] = ()) -> list[Effective]:
    """Every setting in the order of the reference. `file` is the content of codices.toml, `options` the keys that the
    command line set."""
    found = []
    for key in keys(type(settings)):
        if key in options:
            source = "option"
        elif _in_environment(key):
            source = "environment"
        else:
            source = "default" if _at(file, key) is None else "file"
        found.append(Effective(key, _at(settings.model_dump(mode="json"), key), source))
    return found


def _in_environment(key: str) -> bool:
    own, section = variable(key), variable(key.partition(".")[0])
    set_here = {name.upper(): value for name, value in os.environ.items()}
    if own in set_here or any(name.startswith(f"{own}__") for name in set_here):
        return True
    return "." in key and section in set_here and key.partition(".")[2] in json.loads(set_here[section])


def _at(values: Any, key: str) -> Any:
    for part in key.split("."):
        if not isinstance(values, Mapping) or part not in values:
            return None
        values = values[part]
    return values
