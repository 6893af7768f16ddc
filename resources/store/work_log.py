"""What work has cost in this home: units and seconds of recent runs. A plan tells its minutes from it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from codices.resources.foundation.files import Folder

FILE = "work.json"
KEPT = 40  # entries per kind of work; older ones go
LOADING_MODELS = "loading models"  # once per process, whatever it embeds: no stage's rate contains it

Entries = dict[str, list[tuple[int, float]]]


class WorkLog:
    """Collects what a run does, and adds it to the record of the home when told to."""

    def __init__(self, folder: Folder):
        self._folder = folder
        self._new: Entries = {}

    def add(self, work: str, units: int, seconds: float) -> None:
        """`units` of `work` (texts embedded, pictures read, …) took `seconds` in all."""
        before = self._new.get(work, [(0, 0.0)])[0]
        self._new[work] = [(before[0] + units, round(before[1] + seconds, 4))]

    def stopwatch(self) -> Callable[[], float]:
        """Starts now; a call tells the seconds since then, less those in which models were loaded."""

        def loading() -> float:
            return self._new.get(LOADING_MODELS, [(0, 0.0)])[0][1]

        started, loaded = time.monotonic(), loading()
        return lambda: time.monotonic() - started - (loading() - loaded)

    def save(self) -> None:
        """Append what was collected to the record; runs that end at the same time do not undo each other's."""
        if not self._new:
            return
        with self._folder.lock("work"):
            entries = self._read()
            for work, added in self._new.items():
                entries[work] = [*entries.get(work, []), *added][-KEPT:]
            self._folder.write(FILE, json.dumps(entries).encode())
        self._new = {}

    def seconds_per_unit(self) -> dict[str, float]:
        """Mean cost per kind of work over the recorded runs, large runs counting more; empty in a new home."""
        totals = {
            work: [sum(column) for column in zip(*entries, strict=True)] for work, entries in self._read().items()
        }
        return {work: seconds / units for work, (units, seconds) in totals.items() if units}

    def _read(self) -> Entries:
        data = self._folder.read(FILE)
        try:
            return {} if data is None else json.loads(data)
        except ValueError:  # only estimates depend on it
            return {}
