"""A run whose process was killed does not stop the next one, however that is started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from codices.pipelines.instance import prepare_instance
from codices.pipelines.run_locks import end_dead_runs, hold, let_go
from codices.resources.settings.settings import load_settings
from tests.conftest import ROOT

KILLED = """
import os, signal, sys
import dagster as dg
from codices.pipelines.run_locks import hold

instance = dg.DagsterInstance.get()
instance.add_run(dg.DagsterRun(job_name="index", run_id="killed", status=dg.DagsterRunStatus.STARTED))
hold(instance, "killed")
instance.event_log_storage.initialize_concurrency_limit_to_default("gpu")
assert instance.event_log_storage.claim_concurrency_slot("gpu", "killed", "embeddings").is_claimed
if "without its lock" in sys.argv:  # as where the disk is full: let go, and nobody could be told
    os.unlink(os.path.join(instance.root_directory, "codices-running", "killed.lock"))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("left", ["its lock", "without its lock"])
def test_a_run_ends_those_that_died_before_it_waits_for_their_pool(home: Path, left: str):
    prepare_instance(load_settings())
    assert subprocess.run([sys.executable, "-c", KILLED, left], cwd=ROOT, check=False).returncode == -9
    with dg.DagsterInstance.get() as instance:
        slots = instance.event_log_storage
        assert not slots.claim_concurrency_slot("gpu", "next", "embeddings").is_claimed
        hold(instance, "next")
        try:
            killed = instance.get_run_by_id("killed")
            assert killed is not None
            assert killed.status == dg.DagsterRunStatus.FAILURE
            assert slots.claim_concurrency_slot("gpu", "next", "embeddings").is_claimed
        finally:
            let_go(instance, "next")


def test_a_run_that_is_started_again_is_not_taken_for_the_dead_one_whose_tags_it_has(home: Path):
    prepare_instance(load_settings())
    assert subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, check=False).returncode == -9
    with dg.DagsterInstance.get() as instance:
        killed = instance.get_run_by_id("killed")
        assert killed is not None
        again = dg.DagsterRun("index", "again", status=dg.DagsterRunStatus.STARTING, tags=killed.tags)
        instance.add_run(again)
        assert end_dead_runs(instance) == ["killed"]
