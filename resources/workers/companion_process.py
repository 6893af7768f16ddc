"""What runs in the process of a `Companion`: it reads what is asked, answers, and ends when the other side does.

A message is (kind, number of the call, payload), pickled one behind the other. Asked: "call" and "stream" with a name
and arguments, "items" that a stream wanted (none: there are no more), "cancel". Answered: "want" with a count of items,
"part" of a stream, "result" (None at the end of a stream) or "error", one of which is the last.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

from codices.resources.foundation.faults import Described, described

CALLS_AT_ONCE = 8


class Incoming:
    """The items of one stream, as they come from the other process."""

    def __init__(self, want: Any) -> None:
        self._want = want
        self.arrived: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def windows(self, size: int, ahead: int) -> Iterator[Any]:
        """The items, fetched `size` at a time, `ahead` such windows before they are needed."""
        for _ in range(ahead):
            self._want(size)
        while window := self.arrived.get():
            self._want(size)
            yield from window


def serve(descriptor: int, module: str) -> NoReturn:
    """Answer what comes through the socket `descriptor` until its other end is closed; then end at once, whatever is
    under way."""
    os.set_inheritable(descriptor, False)
    os.dup2(2, 1)  # what libraries print is no output of the command
    try:
        _Server(socket.socket(fileno=descriptor), module).run()
    finally:
        os._exit(0)


class _Server:
    def __init__(self, connection: socket.socket, module: str) -> None:
        self._connection = connection
        self._module = module
        self._sending = threading.Lock()
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, "call")
        self._streams: dict[int, Incoming] = {}

    def run(self) -> None:
        with self._connection.makefile("rb") as stream:
            while True:
                try:
                    kind, number, payload = pickle.load(stream)
                except (EOFError, OSError):
                    return
                if kind == "items" and number in self._streams:
                    self._streams[number].arrived.put(payload)
                elif kind == "cancel" and number in self._streams:
                    self._streams[number].arrived.put([])
                elif kind in ("call", "stream"):
                    if kind == "stream":
                        self._streams[number] = Incoming(lambda size, number=number: self._send("want", number, size))
                    self._threads.submit(self._answer, kind, number, *payload)

    def _answer(self, kind: str, number: int, name: str, arguments: tuple[Any, ...]) -> None:
        try:
            offered: Any = importlib.import_module(self._module)
            if kind == "call":
                self._send("result", number, offered.CALLS[name](*arguments))
            else:
                for part in offered.STREAMS[name](self._streams[number], *arguments):
                    self._send("part", number, part)
                self._send("result", number, None)
        except Exception as error:
            own = type(error).__module__.startswith("codices.")
            self._send("error", number, error if own else Described(described(error)))
        finally:
            self._streams.pop(number, None)

    def _send(self, kind: str, number: int, payload: Any) -> None:
        data = pickle.dumps((kind, number, payload), protocol=5)
        with self._sending:
            self._connection.sendall(data)
