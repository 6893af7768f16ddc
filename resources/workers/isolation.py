"""Runs jobs in worker processes that may crash, hang or eat memory without harm to the caller.

Workers are forked from a fork server that has imported the heavy modules once, so that a new worker costs
milliseconds. The server never imports the caller's main module, so scripts without a main guard and notebooks work.
Nothing here knows what a job does.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as JobTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver, popen_forkserver, resource_tracker, util
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, NoReturn, TypeVar

from pebble import ProcessExpired, ProcessPool

from codices.resources.foundation.document_log import tell_done
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import FAULT, Described, described, fault
from codices.resources.workers.endings import ending

Job = TypeVar("Job")
Result = TypeVar("Result")

JOBS_PER_WORKER = 50  # then a fresh one: native libraries leak
OUT_OF_MEMORY_EXIT = 77
_MAIN_MODULE_LOCK = threading.Lock()
_BATCHES: list[tuple[dict[Future[Any], Any], Callable[[Any], str]]] = []  # jobs not yet done, and what they are called
_BATCHES_LOCK = threading.Lock()
_SERVER = forkserver._forkserver  # pyright: ignore[reportAttributeAccessIssue]


def run_isolated(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    workers: int,
    timeout_seconds: float,
    memory_gib: float,
    preload: Sequence[str] = (),
    stage: str = "extraction",
    name: Callable[[Job], str] = str,
) -> Iterator[tuple[Job, Result | Failure]]:
    """Yields `(job, result or Failure)` for every job, in the order in which they end.

    `function` has to be importable by name (not from `__main__`); jobs and results are pickled. At most `2 * workers`
    jobs are taken from `jobs` ahead of the results, which may be a long iterator. `memory_gib` is what a worker may
    use above its size at the start. Failure kinds: "timeout" (the worker and every process that it started are
    killed), "out_of_memory", "crashed", and "error" for an exception that `function` did not expect.

    `preload` names the modules that the fork server imports; it takes effect when the first worker of this process
    starts. All workers end when the iterator is closed (within `kept_workers`, when that ends), and when this process
    dies, however it dies. `name` says what a person calls a job (`in_hand`, and the line of one that fails or is slow).
    """
    named: Any = function
    while isinstance(named, partial):
        named = named.func
    if named.__module__ == "__main__":
        raise ValueError(f"{named.__qualname__} has to live in a module that workers can import")
    running: dict[Future[tuple[Result, float]], Job] = {}
    remaining = iter(jobs)
    with _pool(max(1, workers), memory_gib, preload) as pool, _watched(running, name):
        while True:
            while len(running) < 2 * max(1, workers):
                try:
                    job = next(remaining)
                except StopIteration:
                    break
                running[pool.schedule(_run_job, args=(function, job), timeout=timeout_seconds)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job, (outcome, seconds) = running.pop(future), _outcome(future, stage, timeout_seconds, memory_gib)
                tell_done(name(job), stage, outcome, seconds)
                yield job, outcome


def in_hand() -> list[tuple[Hashable, str]]:
    """The jobs that workers of this process have at this moment: a key that stays the same while a worker has it, and
    its name. May be called from any thread."""
    with _BATCHES_LOCK:
        batches = list(_BATCHES)
    return [
        (id(future), name(job))
        for running, name in batches
        for future, job in running.copy().items()
        if future.running()
    ]


@contextmanager
def _watched(running: dict[Future[Any], Any], name: Callable[[Any], str]) -> Iterator[None]:
    batch = (running, name)
    with _BATCHES_LOCK:
        _BATCHES.append(batch)
    try:
        yield
    finally:
        with _BATCHES_LOCK:
            _BATCHES[:] = [each for each in _BATCHES if each is not batch]


def start_fork_server(preload: Sequence[str]) -> None:
    """Have `preload` imported while this process does something else, instead of while it waits for its first worker.
    For a caller that knows that it will need one."""
    _forks(preload)
    with _main_module_hidden():
        _ensure_server()


def end_fork_server() -> None:
    """Kill the fork server, which would import to its end first. Its workers end with this process."""
    number = getattr(_SERVER, "_forkserver_pid", None)
    if number is not None:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@contextmanager
def kept_workers() -> Iterator[None]:
    """Until it ends, workers of one `run_isolated` wait for the next with the same limits, instead of ending with it.

    For a caller that has many small batches of jobs in a row. Starting workers costs more than most documents.
    """
    outer: _Kept | None = getattr(_LOCAL, "kept", None)
    with ExitStack() as stack:
        _LOCAL.kept = outer or _Kept({}, stack)
        try:
            yield
        finally:
            _LOCAL.kept = outer


@dataclass(frozen=True)
class _Kept:
    pools: dict[tuple[int, float, tuple[str, ...]], ProcessPool]
    stack: ExitStack


_LOCAL = threading.local()  # .kept: what the innermost `kept_workers` of this thread holds


@contextmanager
def _pool(workers: int, memory_gib: float, preload: Sequence[str]) -> Iterator[ProcessPool]:
    """A pool for one batch of jobs. What the caller left running ends with it."""
    kept: _Kept | None = getattr(_LOCAL, "kept", None)
    key = (workers, memory_gib, tuple(preload))
    # Two batches at once (a generator that was not read to its end) must not share: each ends its own jobs.
    pool = kept.pools.pop(key, None) if kept is not None else None
    if pool is None or not pool.active:
        with ExitStack() as stack:
            pool = stack.enter_context(_new_pool(workers, memory_gib, preload))
            if kept is None:
                yield pool
                return
            kept.stack.push(stack.pop_all())
    done = False
    try:
        yield pool
        done = True
    finally:
        if done and kept is not None:
            kept.pools[key] = pool
        else:
            pool.stop()
            pool.join()


@contextmanager
def _new_pool(workers: int, memory_gib: float, preload: Sequence[str]) -> Iterator[ProcessPool]:
    forks = _forks(preload)
    parent_alive, keep_open = forks.Pipe(duplex=False)
    pool = ProcessPool(
        max_workers=workers,
        max_tasks=JOBS_PER_WORKER,
        initializer=_start_worker,
        initargs=(parent_alive, memory_gib),
        context=forks,
    )
    try:
        yield pool
    finally:
        pool.stop()
        pool.join()
        keep_open.close()
        parent_alive.close()


def _outcome(
    future: Future[tuple[Result, float]], stage: str, timeout_seconds: float, memory_gib: float
) -> tuple[Result | Failure, float | None]:
    """What came of a job, and the seconds that it took; None where its worker did not live to tell."""
    try:
        return future.result()
    except JobTimeout:
        return Failure(stage, "timeout", f"took longer than {timeout_seconds:g} s"), timeout_seconds
    except ProcessExpired as error:
        if error.exitcode == OUT_OF_MEMORY_EXIT:
            return Failure(stage, "out_of_memory", f"needed more than {memory_gib:g} GiB of memory"), None
        return Failure(stage, "crashed", f"the worker process ended {ending(error.exitcode)}"), None
    except BrokenProcessPool as error:
        raise RuntimeError("worker processes cannot be started; the log above says why") from error
    except Described as error:
        return Failure(stage, FAULT, str(error)), None
    except Exception as error:  # the job or its result could not be pickled
        return fault(stage, error), None


def _run_job(function: Callable[[Job], Result], job: Job) -> tuple[Result, float]:
    started = time.monotonic()
    try:
        return function(job), time.monotonic() - started
    except BaseException as error:
        if _is_memory_error(error):
            # What the library holds is unknown now: leave without asking it, a fresh worker takes over.
            os._exit(OUT_OF_MEMORY_EXIT)
        # Not every library's exception survives pickling, and SystemExit must not end the caller.
        raise Described(described(error)) from None


def _is_memory_error(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(
        sign in words for sign in ("bad_alloc", "bad allocation", "cannot allocate memory", "out of memory")
    )


def _start_worker(parent_alive: Connection, memory_gib: float) -> None:
    """Puts this worker into a process group of its own, guards the group, and limits its memory."""
    os.setsid()
    signal.signal(signal.SIGTERM, _end_group)  # how the pool ends a worker, after a time-out for instance
    worker_alive, held_by_worker = os.pipe()  # the second end stays open, unused, as long as this process lives
    guard = os.fork()
    if guard == 0:
        _guard_group(parent_alive.fileno(), worker_alive)
    os.close(worker_alive)
    parent_alive.close()
    util.Finalize(None, _dismiss_guard, args=(guard, held_by_worker), exitpriority=0)
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    limit = size + int(memory_gib * 2**30)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _guard_group(parent_alive: int, worker_alive: int) -> NoReturn:
    """Waits until the worker or the process that asked for it is gone, then kills the worker's whole group.

    Nothing is ever written to the two pipes: the kernel closes them when their holder dies, whatever killed it. That
    way tesseract, LibreOffice and pandoc never outlive the job that started them.
    """
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        low, high = sorted((parent_alive, worker_alive))
        os.closerange(0, low)
        os.closerange(low + 1, high)
        os.closerange(high + 1, os.sysconf("SC_OPEN_MAX"))
        poll = select.poll()
        poll.register(low, select.POLLHUP)
        poll.register(high, select.POLLHUP)
        poll.poll()
    finally:
        os.killpg(0, signal.SIGKILL)
        os._exit(0)


def _end_group(*_: object) -> None:
    os.killpg(0, signal.SIGKILL)


def _dismiss_guard(guard: int, _held_by_worker: int) -> None:
    # At an orderly end: kill and reap it here, so that no zombie is left where process 1 does not reap.
    os.kill(guard, signal.SIGKILL)
    os.waitpid(guard, 0)


def _ensure_server() -> None:
    """Start the fork server where none runs; it ignores Ctrl-C from its first instruction, not only when it is ready.

    `environment`, its first import, takes the block off.
    """
    resource_tracker.ensure_running()  # its start would take the block off here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Popen(popen_forkserver.Popen):
    def _launch(self, process_obj: Any) -> None:
        with _main_module_hidden():
            _ensure_server()
            super()._launch(process_obj)  # pyright: ignore[reportAttributeAccessIssue]


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        return _Popen(process_obj)


class _ForkServerContext(ForkServerContext):
    Process = _Process


def _forks(preload: Sequence[str]) -> _ForkServerContext:
    forks = _ForkServerContext()
    own = ["codices.resources.workers.environment", "codices.resources.workers.isolation"]
    forks.set_forkserver_preload([*own, *preload])
    return forks


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """multiprocessing tells a new worker to import the caller's main module, which would run a script again."""
    with _MAIN_MODULE_LOCK:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
