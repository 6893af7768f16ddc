"""The checks of `codices doctor`: a function each, registered by `@check`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from codices.resources.settings.settings import Settings

Status = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """What one check found. `fail`: a run would not go through; `warn`: some documents or speed are lost. `mend` is the
    command that mends it, or says what to change."""

    status: Status
    told: str
    mend: str = ""


Check = Callable[[Settings], Finding]


@dataclass(frozen=True)
class Registered:
    """A check under its name; a cheap one takes well under a second, and runs before every `codices index`."""

    name: str
    run: Check
    cheap: bool


CHECKS: list[Registered] = []


def check(name: str, *, cheap: bool = False) -> Callable[[Check], Check]:
    """Register a function as a check. It gets the settings; it must not raise or change a thing."""

    def register(function: Check) -> Check:
        CHECKS.append(Registered(name, function, cheap))
        return function

    return register
