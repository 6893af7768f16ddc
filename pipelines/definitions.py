"""Everything Dagster loads: `dagster dev -m codices.pipelines.definitions`."""

from __future__ import annotations

import dagster as dg

from codices import assets
from codices.assets.shared import Codices
from codices.pipelines.jobs import JOBS
from codices.pipelines.schedules import SCHEDULES
from codices.pipelines.sensors import SENSORS
from codices.resources.stages.workspace import Progress, no_progress


def build_definitions(progress: Progress = no_progress, stale: frozenset[str] | None = None) -> dg.Definitions:
    """The definitions, with someone to tell how far a stage is, and the shards that need anything, if that is known."""
    return dg.Definitions(
        assets=dg.load_assets_from_package_module(assets),
        asset_checks=dg.load_asset_checks_from_package_module(assets),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={"codices": Codices(progress, stale)},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
