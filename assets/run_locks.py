"""Runs whose process was killed. Dagster goes on counting them as running, and as users of their pool, which the next
run would wait for in vain.

Every process that executes a run holds a file lock named after it, which the kernel frees when the process ends,
however it ends. A lock that can be taken is that of a dead run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

_FOLDER = "codices-running"
_HELD: dict[str, FileLock] = {}  # run id -> lock, until this process ends
_INTERVAL_SECONDS = 10


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
            run = instance.get_run_by_id(run_id)
            if run is not None and not run.is_finished:
                instance.report_run_failed(run, "The process of this run was killed. Start it again: it goes on.")
                ended.append(run_id)
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
            path.unlink(missing_ok=True)
            lock.release()
    return ended


@contextmanager
def executing(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Around a run in this process: known to be alive, and never waiting for one that is not."""
    hold(instance, run_id)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_INTERVAL_SECONDS):
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
