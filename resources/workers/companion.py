"""A process beside this one that keeps what is dear to load, and does what it is asked until this one ends.

Libraries that take hundreds of MiB are imported there alone. Where it crashes, the calls under way fail, and the next
one starts it anew. It ends with this process, whatever ends that: the kernel closes this end of their socket then.
"""

from __future__ import annotations

import atexit
import itertools
import pickle
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from codices.resources.workers.endings import ending

IDLE_SECONDS = 120.0  # then it ends: what it holds may be needed elsewhere
_END_SECONDS = 5.0  # that it has to end by itself

_Answers = queue.SimpleQueue[tuple[str, Any]]  # kind and payload, see companion_process.py


class CompanionDied(Exception):
    """The process ended while it was asked something; the message says how. The next call starts another."""


class Companion:
    """`module` is imported in the process. It has CALLS, functions by name that answer once, and STREAMS, functions
    that take an `Incoming` before their arguments and return an iterator. Arguments and results are pickled. An
    exception of this project's own comes back as it is, any other as `Described`. Safe to share between threads; calls
    run side by side."""

    def __init__(self, module: str, idle_seconds: float = IDLE_SECONDS) -> None:
        self._module = module
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._process: _Process | None = None
        atexit.register(self.close)

    @property
    def generation(self) -> int:
        """Another number after every start of the process; 0 while none runs."""
        with self._lock:
            return self._process.number if self._process is not None and self._process.alive else 0

    @property
    def pid(self) -> int | None:
        """Of the process, while one runs."""
        with self._lock:
            return self._process.pid if self._process is not None and self._process.alive else None

    def call(self, name: str, *arguments: Any) -> Any:
        """What CALLS[name] returns. Raises what it raises, and CompanionDied."""
        with self._asked("call", name, arguments) as (_, answers):
            return answers.get()[1]

    def stream(self, name: str, items: Iterable[Any], *arguments: Any) -> Iterator[Any]:
        """What STREAMS[name] yields. `items` is read in the thread of whoever reads the stream, as many at a time as
        are wanted there. Raises what it raises, and CompanionDied."""
        remaining = iter(items)
        with self._asked("stream", name, arguments) as (send, answers):
            while True:
                kind, payload = answers.get()
                if kind == "want":
                    send("items", list(islice(remaining, payload)))
                elif kind == "part":
                    yield payload
                else:
                    return

    def close(self) -> None:
        """End the process, where one runs."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()

    @contextmanager
    def _asked(self, kind: str, name: str, arguments: tuple[Any, ...]) -> Iterator[tuple[Any, _Conversation]]:
        process, conversation = self._begun()
        try:
            process.send(kind, conversation.number, (name, arguments))
            yield lambda said, payload: process.send(said, conversation.number, payload), conversation
        finally:
            process.finish(conversation)

    def _begun(self) -> tuple[_Process, _Conversation]:
        with self._lock:
            process = self._process
            conversation = None if process is None else process.begin()
            if process is None or conversation is None:
                self._process = process = _Process(self._module, self._idle_seconds)
                conversation = process.begin()
        if conversation is None:
            raise CompanionDied("the process of the models ended before it was asked anything")
        return process, conversation


class _Conversation:
    """One call: its number, and what was answered."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.arrived: _Answers = queue.SimpleQueue()
        self.over = False

    def get(self) -> tuple[str, Any]:
        kind, payload = self.arrived.get()
        self.over = kind in ("result", "error")
        if kind == "error":
            raise payload
        return kind, payload


class _Process:
    """One start of the process, from here."""

    _starts = itertools.count(1)

    def __init__(self, module: str, idle_seconds: float) -> None:
        self.number = next(self._starts)
        self.alive = True
        self._idle_seconds = idle_seconds
        self._calls = itertools.count(1)
        self._open: dict[int, _Conversation] = {}
        self._lock = threading.Lock()  # of `alive` and `_open`
        self._sending = threading.Lock()
        self._idle: threading.Timer | None = None
        self._socket, theirs = socket.socketpair()
        with theirs:
            code = "from codices.resources.workers.companion_process import serve"
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"{code}; serve({theirs.fileno()}, {module!r})"],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C on a terminal is for the process that asks
            )
        self.pid = self._process.pid
        threading.Thread(target=self._receive, name="companion", daemon=True).start()

    def begin(self) -> _Conversation | None:
        """A new call, or None where the process has ended."""
        with self._lock:
            if not self.alive:
                return None
            if self._idle is not None:
                self._idle.cancel()
            conversation = _Conversation(next(self._calls))
            self._open[conversation.number] = conversation
            return conversation

    def finish(self, conversation: _Conversation) -> None:
        """Nobody waits for its answers any more."""
        if not conversation.over:
            self.send("cancel", conversation.number, None)
        with self._lock:
            self._open.pop(conversation.number, None)
            if self.alive and not self._open:
                self._idle = threading.Timer(self._idle_seconds, self._end_idle)
                self._idle.daemon = True
                self._idle.start()

    def send(self, kind: str, number: int, payload: Any) -> None:
        data = pickle.dumps((kind, number, payload), protocol=5)
        with self._sending, suppress(OSError):  # it has ended, and who waits for an answer is told so
            self._socket.sendall(data)

    def end(self) -> None:
        """End the process and wait for it."""
        with self._lock:
            self.alive = False
            if self._idle is not None:
                self._idle.cancel()
        with suppress(OSError):  # it has ended by itself
            self._socket.shutdown(socket.SHUT_RDWR)
        self._exit_code()

    def _end_idle(self) -> None:
        with self._lock:
            if self._open:
                return
            self.alive = False
        self.end()

    def _receive(self) -> None:
        with self._socket.makefile("rb") as stream, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                kind, number, payload = pickle.load(stream)
                with self._lock:
                    conversation = self._open.get(number)
                if conversation is not None:
                    conversation.arrived.put((kind, payload))
        died = CompanionDied(f"the process of the models ended {ending(self._exit_code())}")
        with self._lock:
            self.alive = False
            for conversation in self._open.values():
                conversation.arrived.put(("error", died))
        self._socket.close()

    def _exit_code(self) -> int:
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
