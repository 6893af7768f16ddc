"""Every registered check, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from codices.resources.health import machine, programs  # noqa: F401  registers them
from codices.resources.health.registry import CHECKS, Finding
from codices.resources.settings.settings import Settings


def examine(settings: Settings, *, cheap_only: bool = False) -> Iterator[tuple[str, Finding]]:
    """(name, Finding) of every check, in the order of registration, as each is done."""
    for each in CHECKS:
        if cheap_only and not each.cheap:
            continue
        try:
            found = each.run(settings)
        except Exception as error:  # told as a finding, so that the other checks are told too
            found = Finding("fail", f"the check itself failed: {type(error).__name__}: {error}")
        yield each.name, found
