"""The Dagster instance of a home: made once, with our settings, before two processes can race to make it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from shutil import copyfile
from typing import Any

from filelock import FileLock

from codices.resources.home.home import dagster_home
from codices.resources.settings.settings import Settings, load_settings


def prepare_instance(settings: Settings) -> Path:
    """Make the instance's folder ready and point DAGSTER_HOME at it; returns the folder."""
    folder = dagster_home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(folder)
    with FileLock(folder / ".codices.lock"):
        if not (folder / "dagster.yaml").exists():
            copyfile(Path(__file__).parent / "dagster.yaml", folder / "dagster.yaml")
        if not (folder / "history").exists():
            import dagster as dg

            with dg.DagsterInstance.get() as instance:  # several processes on an empty SQLite instance break
                instance.get_run_records(limit=1)
    return folder


@contextmanager
def history_held_open(folder: Path) -> Iterator[None]:
    """Dagster opens its SQLite history anew for every event, and SQLite folds its journal whenever the last connection
    closes. While one stays open, the thousand events of a run over 64 shards take a sixth less."""
    history = folder / "history/runs/index.db"
    if not history.exists():  # another storage is set in dagster.yaml
        yield
        return
    with closing(sqlite3.connect(history)) as connection:
        connection.execute("SELECT 1 FROM event_logs LIMIT 1").fetchall()  # joins the journal
        yield


@contextmanager
def log_tails_ignore_interrupts() -> Iterator[None]:
    """Within it, the processes through which Dagster shows what a step prints do not see Ctrl-C on a terminal: each
    would print a traceback, and the last words of the run would be lost."""
    from dagster._core.execution import compute_logs

    tail = compute_logs.execute_posix_tail

    @contextmanager
    def started_with_interrupts_blocked(path: str, stream: Any) -> Iterator[Any]:
        with ExitStack() as stack:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a new process inherits it
            try:
                pids = stack.enter_context(tail(path, stream))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield pids

    compute_logs.execute_posix_tail = started_with_interrupts_blocked
    try:
        yield
    finally:
        compute_logs.execute_posix_tail = tail


if __name__ == "__main__":
    print(prepare_instance(load_settings()))
