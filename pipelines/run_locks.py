"""Runs whose process was killed. Dagster goes on counting them as running, and as users of their pool, which the next
run would wait for in vain.

Every process that executes a run holds a file lock named after it, which the kernel frees when the process ends,
however it ends. A lock that can be taken is that of a dead run. The run's tags name the process as well: where its
disk was full, a run may have let go of its lock without being able to tell Dagster that it ended.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from codices.resources.foundation.processes import is_gone, own_process

PROCESS_TAG = "codices/process"  # of a run: the process that executes it, as `own_process` names it, and its id

_FOLDER = "codices-running"
_HELD: dict[str, FileLock] = {}  # run id -> lock, until this process ends
_INTERVAL_SECONDS = 10
_UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def process_tag(run_id: str) -> dict[str, str]:
    """That this process executes the run. It names the run, since one that is started again gets a copy of the tags."""
    return {PROCESS_TAG: f"{own_process()} {run_id}"}


def _is_dead(run: dg.DagsterRun) -> bool:
    process, _, run_id = run.tags.get(PROCESS_TAG, "").partition(" ")
    return run_id in ("", run.run_id) and is_gone(process)


def hold(instance: dg.DagsterInstance, run_id: str) -> None:
    """From now on, this process is known to execute the run, which does not wait for those that died before. Does
    nothing where it is known already, or where the instance has no folder (an ephemeral one)."""
    folder = _folder(instance)
    if folder is None or run_id in _HELD:
        return
    end_dead_runs(instance)
    folder.mkdir(exist_ok=True)
    with _sweeping(folder):
        lock = FileLock(folder / f"{run_id}.lock", thread_local=False)
        lock.acquire()
        _HELD[run_id] = lock
    if instance.has_run(run_id):
        instance.add_run_tags(run_id, process_tag(run_id))


def let_go(instance: dg.DagsterInstance, run_id: str) -> None:
    """The run has ended in an orderly way."""
    lock = _HELD.pop(run_id, None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed whose process is gone, and free what they held of the pools; returns their ids."""
    folder, ended = _folder(instance), []
    if folder is None or not folder.is_dir():
        return []
    with _sweeping(folder):
        for path in folder.glob("*.lock"):
            run_id = path.stem
            if run_id in _HELD:
                continue
            lock = FileLock(path, timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            ended += _end(instance, run_id)
            path.unlink(missing_ok=True)
            lock.release()
        for run in instance.get_runs(dg.RunsFilter(statuses=list(_UNFINISHED))):
            if run.run_id not in _HELD and _is_dead(run):
                ended += _end(instance, run.run_id)
        _free_slots_of_ended_runs(instance)
    return ended


def _end(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    run = instance.get_run_by_id(run_id)
    alive = run is not None and not run.is_finished
    if run is not None and alive:
        instance.report_run_failed(run, "The process of this run was killed. Start it again: it goes on.")
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return [run_id] if alive else []


def _free_slots_of_ended_runs(instance: dg.DagsterInstance) -> None:
    slots = instance.event_log_storage
    for pool in slots.get_concurrency_keys():
        info = slots.get_concurrency_info(pool)
        for run_id in info.active_run_ids | info.pending_run_ids | info.assigned_run_ids:
            run = instance.get_run_by_id(run_id)
            if run is not None and run.is_finished:
                slots.free_concurrency_slots_for_run(run_id)


@contextmanager
def executing(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Around a run in this process: known to be alive, and never waiting for one that is not."""
    hold(instance, run_id)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_INTERVAL_SECONDS):
            with suppress(OSError, SQLAlchemyError):  # a full disk: the run itself meets it, and tells
                end_dead_runs(instance)

    watcher = threading.Thread(target=watch, name="codices-dead-runs", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        let_go(instance, run_id)


def _folder(instance: dg.DagsterInstance) -> Path | None:
    return None if instance.is_ephemeral else Path(instance.root_directory) / _FOLDER


def _sweeping(folder: Path) -> FileLock:
    return FileLock(folder / "sweep", thread_local=False)
