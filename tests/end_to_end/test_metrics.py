"""`codices metrics`: what a Prometheus server reads of a home."""

from __future__ import annotations

import json
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import codices_here


def test_metrics_tell_what_the_summary_of_the_run_told(example_home: Path):
    told = codices_here("metrics", "--home", example_home)
    assert told.status == 0, told.err
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told.out)
        for sample in family.samples
    }
    summary = json.loads((example_home.parent / "first-run.json").read_text())
    assert found["codices_documents", "indexed"] == summary["documents"]["indexed"]
    assert found["codices_documents", "failed"] == summary["documents"]["failed"]
    for modality, count in summary["elements"].items():
        assert found["codices_elements", modality] == count
    by_kind = sum(value for name, value in found.items() if name[0] == "codices_failed_documents")
    assert by_kind == summary["documents"]["failed"] > 0
    assert found["codices_table_rows", "elements"] == sum(summary["elements"].values())
    assert found["codices_releases",] >= 1
    assert found["codices_disk_free_bytes",] > 0
