"""When a stage is stale: its sources changed or will change, its code or options changed, or it was never computed."""

from __future__ import annotations

from typing import Any

import dagster as dg

_CONDITION: Any = dg.AutomationCondition  # its methods are generic in a way that type checkers cannot bind
STALE = (
    (
        _CONDITION.any_deps_match(_CONDITION.data_version_changed() | _CONDITION.will_be_requested())
        | _CONDITION.code_version_changed()
        | _CONDITION.missing()
    ).since_last_handled()
    & ~_CONDITION.any_deps_match(_CONDITION.missing() & ~_CONDITION.will_be_requested())
    & ~_CONDITION.any_deps_in_progress()
    & ~_CONDITION.in_progress()
).with_label("stale")
