"""The checks of `codices doctor`: a function each, registered by `@check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def examine(settings: Settings, *, cheap_only: bool = False) -> Iterator[tuple[str, Finding]]:
    """(name, Finding) of every check, in the order of registration, as each is done."""
    from codices.resources.health import machine, programs  # noqa: F401  registers them

    for each in CHECKS:
        if cheap_only and not each.cheap:
            continue
        try:
            found = each.run(settings)
        except Exception as error:  # told as a finding, so that the other checks are told too
            found = Finding("fail", f"the check itself failed: {type(error).__name__}: {error}")
        yield each.name, found
