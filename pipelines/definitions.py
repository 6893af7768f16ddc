"""Everything Dagster loads: `dagster dev -m codices.pipelines.definitions`."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from codices import assets
from codices.pipelines.catalog import catalogued
from codices.pipelines.jobs import JOBS
from codices.pipelines.run_locks import hold
from codices.pipelines.schedules import SCHEDULES
from codices.pipelines.sensors import SENSORS
from codices.resources.orchestration.codices_resource import Codices, Host
from codices.resources.stages.workspace import Progress, no_progress


def build_definitions(progress: Progress = no_progress, stale: frozenset[str] | None = None) -> dg.Definitions:
    """The definitions, with someone to tell how far a stage is, and the shards that need anything, if that is known."""
    return dg.Definitions(
        assets=_assets(),
        asset_checks=dg.load_asset_checks_from_package_module(assets),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={"codices": Codices(host=Host(progress, stale, begin=hold))},
        executor=dg.in_process_executor,
    )


def _assets() -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    loaded = dg.with_source_code_references(dg.load_assets_from_package_module(assets, include_specs=True))
    known = [each for each in loaded if isinstance(each, dg.AssetsDefinition | dg.AssetSpec)]
    return dg.map_asset_specs(catalogued, known)


defs = build_definitions()
