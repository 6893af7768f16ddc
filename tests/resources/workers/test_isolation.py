"""A job that crashes, hangs, eats memory or leaves children costs itself and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psutil
import pytest

from codices.resources.foundation.failures import Failure
from codices.resources.workers.isolation import kept_workers, run_isolated
from tests.conftest import ROOT
from tests.resources.workers.isolation_jobs import work


def run(jobs: list[str], workers: int = 2, timeout: float = 1.5) -> dict[str, object]:
    return dict(run_isolated(work, jobs, workers=workers, timeout_seconds=timeout, memory_gib=1))


def kind(outcome: object) -> str:
    assert isinstance(outcome, Failure)
    return outcome.kind


def test_every_kind_of_bad_job_fails_alone():
    stop = threading.Event()
    beside = threading.Thread(target=stop.wait)  # a parent with threads must not be forked
    beside.start()
    try:
        outcomes = run(["a", "sleep", "crash", "kill", "eat", "raise", "exit", "b"])
    finally:
        stop.set()
        beside.join()
    assert outcomes["a"] == "A"
    assert outcomes["b"] == "B"
    failures = {job: kind(outcomes[job]) for job in ("sleep", "crash", "kill", "eat", "raise", "exit")}
    assert failures == {
        "sleep": "timeout",
        "crash": "crashed",
        "kill": "crashed",
        "eat": "out_of_memory",
        "raise": "error",
        "exit": "error",
    }
    assert "SIGSEGV" in str(outcomes["crash"])
    assert "LookupError: no such thing" in str(outcomes["raise"])


def test_children_of_a_job_die_with_it():
    assert kind(run(["child"])["child"]) == "timeout"
    wait_until(lambda: not sleepers())


def test_jobs_are_taken_as_they_are_needed():
    taken = 0

    def jobs() -> Iterator[str]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield str(number)

    results = run_isolated(work, jobs(), workers=2, timeout_seconds=10, memory_gib=1)
    next(results)
    assert taken <= 4
    assert isinstance(results, Generator)
    results.close()


def test_workers_are_recycled_and_jobs_are_cheap():
    run(["warm up"])
    started = time.perf_counter()
    outcomes = list(run_isolated(work, ["pid"] * 120, workers=1, timeout_seconds=10, memory_gib=1))
    assert len({pid for _, pid in outcomes}) >= 3
    assert (time.perf_counter() - started) / 120 < 0.05


def test_kept_workers_serve_several_batches_and_survive_a_failure_in_one():
    with kept_workers():
        before = {pid for _, pid in run_isolated(work, ["pid"], workers=1, timeout_seconds=10, memory_gib=1)}
        [(_, hung)] = run_isolated(work, ["sleep"], workers=1, timeout_seconds=1, memory_gib=2)
        after = {pid for _, pid in run_isolated(work, ["pid"], workers=1, timeout_seconds=10, memory_gib=1)}
        assert isinstance(hung, Failure)
        assert before == after
        [(_, crashed)] = run_isolated(work, ["crash"], workers=1, timeout_seconds=10, memory_gib=1)
        assert isinstance(crashed, Failure)
        [(_, pid)] = run_isolated(work, ["pid"], workers=1, timeout_seconds=10, memory_gib=1)
    assert pid not in before
    assert not Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{before.pop()}").exists()


def test_a_function_of_the_main_module_is_refused():
    def function(job: str) -> str:
        return job

    function.__module__ = "__main__"
    with pytest.raises(ValueError, match="workers can import"):
        next(run_isolated(function, ["a"], workers=1, timeout_seconds=1, memory_gib=1))


SCRIPT = """
import sys
print("main module runs", flush=True)
from codices.resources.workers.isolation import run_isolated, start_fork_server
from tests.resources.workers.isolation_jobs import work
start_fork_server(["tests.resources.workers.isolation_jobs"])
for job, outcome in run_isolated(work, sys.argv[1:], workers=2, timeout_seconds=30, memory_gib=1):
    print(job, outcome, flush=True)
"""


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, "a", "b"], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert sorted(done.stdout.split("\n")) == ["", "a A", "b B", "main module runs"]


def test_nothing_outlives_a_killed_parent(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    parent = subprocess.Popen(
        [sys.executable, script, "child", "sleep"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: bool(sleepers()))
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) >= 4
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(alive(process) for process in family))


def sleepers() -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "54.321"] and alive(p)]


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
