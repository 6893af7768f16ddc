"""Ctrl-C and SIGTERM end a command in seconds, whatever it does at that moment.

Python calls a handler only between two instructions of the main thread, and Dagster sets its own, which forgets a
signal that comes between two steps. The number of a signal is written to the wake-up descriptor at once, though,
whoever set the handler. A thread that reads it gives the main thread a moment to end by itself, then ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

GOES_ON = "interrupted. What was finished stays: run the same command again, and it goes on from there"
INTERRUPTED = "interrupted"  # of commands that begin anew
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE_SECONDS = 1.0  # for the main thread: to stop its workers, and to tell Dagster
_CLEANING_SECONDS = 1.0  # for each call that `on_interrupt` holds
_AT_THE_END: list[Callable[[], object]] = []


@contextmanager
def ended_by_signals(told: str) -> Iterator[None]:
    """Around all that a command's process does: SIGINT and SIGTERM end it with status 130 and 143 and the line `told`.
    After it, they end the process as they would any other."""
    terminal = os.dup(2)  # Dagster leads 2 elsewhere while a step runs
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def interrupt(number: int, _: object) -> None:
        os.write(writer, bytes([number]))  # a library may have taken the wake-up descriptor
        raise SystemExit(128 + number)  # not KeyboardInterrupt: click and others would print what they think of it

    for number in _SIGNALS:
        signal.signal(number, interrupt)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    received, left = threading.Event(), threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(reader, terminal, told, received, left), name="codices-signals", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        left.set()
        interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        for number in _SIGNALS:  # a second press changes nothing
            signal.signal(number, signal.SIG_IGN if interrupted or received.is_set() else signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        if interrupted:
            os.write(writer, bytes([signal.SIGINT]))
        os.write(writer, b"\0")  # after any signal, which ends the process; not closed: a child may hold it open
        watcher.join()


@contextmanager
def on_interrupt(clean: Callable[[], object]) -> Iterator[None]:
    """`clean` is called, in another thread, when a signal ends the process within it. It has a second."""
    _AT_THE_END.append(clean)
    try:
        yield
    finally:
        if isinstance(sys.exception(), Exception | None):  # others come from the signal, and the end is near
            _AT_THE_END.remove(clean)


def _watch(reader: int, terminal: int, told: str, received: threading.Event, left: threading.Event) -> None:
    while number := os.read(reader, 1)[0]:
        if number in _SIGNALS:
            received.set()
            left.wait(_GRACE_SECONDS)
            _end(number, terminal, told)


def _end(number: int, terminal: int, told: str) -> None:
    for clean in reversed(_AT_THE_END):
        cleaning = threading.Thread(target=clean, daemon=True)
        cleaning.start()
        cleaning.join(_CLEANING_SECONDS)
    with suppress(OSError):  # nobody reads it any more
        show_cursor = "\r\x1b[?25h\n" if os.isatty(terminal) else ""
        os.write(terminal, f"{show_cursor}codices: {told}\n".encode())
    os._exit(128 + number)
