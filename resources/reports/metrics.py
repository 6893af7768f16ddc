"""The state of a home as metrics in the text format of Prometheus: what to plot, and to alert on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from codices.resources.foundation.files import is_remote
from codices.resources.index.errors import IndexStoreError, ReleaseMissing
from codices.resources.index.releases import find_release, list_releases
from codices.resources.reports.failing import failures_by_kind, home_totals
from codices.resources.stages.workspace import Workspace

_TABLE = {"rows": "Rows", "bytes": "Bytes on disk", "unindexed": "Rows outside the indexes"}


def prometheus_text(workspace: Workspace) -> str:
    """Gauges named `codices_…`, their units in their names, in Prometheus's text format (UTF-8). Of a home without
    tables, those that there are."""
    gauges = _Gauges()
    _documents(workspace, gauges)
    _tables(workspace, gauges)
    _releases(workspace, gauges)
    age = workspace.records.listing_age_seconds()
    if age is not None:
        gauges.one("listing_age_seconds", "Time since the corpus was listed", age)
    gauges.each("work_seconds_per_unit", "Mean cost of recent work", "work", workspace.store.work.seconds_per_unit())
    if not is_remote(workspace.home.url):
        free = shutil.disk_usage(Path(workspace.home.url)).free
        gauges.one("disk_free_bytes", "Free space where the home lies", free)
    return gauges.text()


class _Gauges:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def one(self, name: str, about: str, value: float) -> None:
        Gauge(f"codices_{name}", about, registry=self._registry).set(value)

    def each(self, name: str, about: str, label: str, values: Mapping[str, float]) -> None:
        gauge = Gauge(f"codices_{name}", about, [label], registry=self._registry)
        for key, value in values.items():
            gauge.labels(key).set(value)

    def text(self) -> str:
        return generate_latest(self._registry).decode()


def _documents(workspace: Workspace, gauges: _Gauges) -> None:
    totals = home_totals(workspace)
    if not totals:
        return
    states = {state: totals[f"documents {state}"] for state in ("indexed", "failed")}
    elements = {modality: totals[f"{modality} elements"] for modality in ("text", "table", "figure")}
    gauges.each("documents", "Documents by state", "state", states)
    gauges.each("failed_documents", "Failed documents by kind", "kind", failures_by_kind(workspace))
    gauges.one("indexed_bytes", "Bytes of the files that are indexed", totals["bytes indexed"])
    gauges.each("elements", "Elements by modality", "modality", elements)


def _tables(workspace: Workspace, gauges: _Gauges) -> None:
    from codices.resources.index.maintenance import table_status  # imports LanceDB, which takes a second

    tables = table_status(workspace.tables)
    for key, about in _TABLE.items():
        values = {name: counts[key] for name, counts in tables.items()}
        gauges.each(f"table_{key}", f"{about} of each table", "table", values)


def _releases(workspace: Workspace, gauges: _Gauges) -> None:
    try:
        releases = list_releases(workspace.tables)
        latest = find_release(workspace.tables)
    except (IndexStoreError, ReleaseMissing):
        return
    gauges.one("releases", "Releases that are kept", len(releases))
    gauges.one("release_created_timestamp_seconds", "When the latest release was cut", latest.created_at.timestamp())
    quality = (latest.metrics.get("retrieval") or {}).get("all") or {}
    measures = {name: value for name, value in quality.items() if name != "n"}
    gauges.each("release_quality", "Of the latest release on the judged queries", "measure", measures)
    waiting = sum(each.promoted_at is None and each.created_at > latest.created_at for each in releases)
    gauges.one("release_candidates", "Releases after the latest that were not promoted", waiting)
