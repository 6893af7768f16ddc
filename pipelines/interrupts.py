"""Ctrl-C and SIGTERM end a run in seconds, whatever it does at that moment.

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

from codices.resources.foundation.scratch import remove_scratch

GOES_ON = "interrupted. What was finished stays: run the same command again, and it goes on from there"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE_SECONDS = 1.0  # for the main thread: to stop its workers, and to tell Dagster
_CLEANING_SECONDS = 1.0
_AT_THE_END: list[Callable[[], object]] = []


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within it, SIGINT and SIGTERM end this process with status 130 and 143 and a line that says how to go on. Only
    the main thread may enter it; in another one it does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def interrupt(number: int, _: object) -> None:
        os.write(writer, bytes([number]))  # a library may have taken the wake-up descriptor
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    wake_up = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    received, left = threading.Event(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, received, left), name="codices-signals", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        if received.is_set() or isinstance(sys.exception(), KeyboardInterrupt):
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)  # a second press changes nothing
            if not received.is_set():  # nobody's handler but Python's own raised it
                os.write(writer, bytes([signal.SIGINT]))
            watcher.join()  # which ends the process
        signal.set_wakeup_fd(wake_up)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)
        watcher.join()
        os.close(reader)


@contextmanager
def on_interrupt(clean: Callable[[], object]) -> Iterator[None]:
    """`clean` is called, in another thread, when a signal ends the process within it. It has a second."""
    _AT_THE_END.append(clean)
    try:
        yield
    finally:
        if isinstance(sys.exception(), Exception | None):  # others come from the signal, and the end is near
            _AT_THE_END.remove(clean)


def _watch(reader: int, received: threading.Event, left: threading.Event) -> None:
    while number := os.read(reader, 1):
        if number[0] in _SIGNALS:
            received.set()
            left.wait(_GRACE_SECONDS)
            _end(number[0])


def _end(number: int) -> None:
    cleaning = threading.Thread(target=_clean, daemon=True)
    cleaning.start()
    cleaning.join(_CLEANING_SECONDS)
    remove_scratch()
    with suppress(OSError):  # nobody reads it any more
        show_cursor = "\r\x1b[?25h\n" if os.isatty(2) else ""
        os.write(2, f"{show_cursor}codices: {GOES_ON}\n".encode())
    os._exit(128 + number)


def _clean() -> None:
    for clean in reversed(_AT_THE_END):
        clean()
