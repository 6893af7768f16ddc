"""How far a run is, on standard error: bars on a terminal, a line every few seconds in a pipe.

Dagster turns the file descriptors 1 and 2 of this process into its own logs while a step runs, so a duplicate of
descriptor 2 is taken before and written to. Imports nothing of the pipeline: it has to speak before that is loaded.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TextIO

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from codices.pipelines.terminal.codes import plain_console, shown

EVERY_SECONDS = 8.0  # between two lines in a pipe; under 10, whatever an import does to this thread
FIRST_SECONDS = 2.0
SLOW_SECONDS = 5.0  # from which a file at work is named


@dataclass
class _Stage:
    """Units of one stage over all shards of a run; `planned` is the plan's estimate, where there is one."""

    planned: int = 0
    earlier: int = 0  # units of shards that are done
    done: int = 0  # of the shard in hand
    total: int = 0
    active: float = 0.0  # seconds in which it was at work, without those in which another stage was
    since: float | None = None  # at work since then
    over: bool = False

    @property
    def finished(self) -> int:
        return self.earlier + self.done

    @property
    def expected(self) -> int:
        known = self.earlier + self.total
        return known if self.over else max(known, self.planned)

    def update(self, done: int, total: int, now: float) -> None:
        if done == 0:  # the next shard
            self.earlier = self.finished
        self.since = now if self.since is None else self.since
        self.done, self.total, self.over = done, total, False
        if done == total:
            self.pause(now)

    def pause(self, now: float) -> None:
        self.active, self.since = self.seconds(now), None

    def seconds(self, now: float) -> float:
        return self.active + (0 if self.since is None else now - self.since)

    def rate(self, now: float) -> float:
        """Units a second since the stage began; 0 where none is done."""
        return self.finished / max(self.seconds(now), 0.01)

    def seconds_left(self, now: float) -> float | None:
        rate = self.rate(now)
        return (self.expected - self.finished) / rate if rate and not self.over else None


class Reporter:
    """Shows progress from `with` to its end. `in_hand` tells the jobs of worker processes: a key and a name each."""

    def __init__(self) -> None:
        self._stream = _own_stderr()
        self.console = plain_console(self._stream)
        self.in_hand: Callable[[], list[tuple[Hashable, str]]] = list
        self._stages: dict[str, _Stage] = {}
        self._planned: Mapping[str, int] = {}
        self._begun = time.monotonic()
        self._step = self._at_work = ("starting", self._begun)  # what is going on, and since when
        self._seen: dict[Hashable, float] = {}  # job in hand -> since when
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._live: Live | None = None
        self._lines: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            # Redirecting is left to Dagster: what rich would put in place of sys.stderr has to be a file.
            self._live = Live(
                get_renderable=self._picture,
                console=self.console,
                refresh_per_second=4,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        else:
            self._lines = threading.Thread(target=self._say_regularly, name="progress", daemon=True)
            self._lines.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        with self._lock:
            self._end_stages()
            self._at_work = ("", 0.0)
        self._stop.set()
        if self._live is not None:
            self._live.stop()
        if self._lines is not None:
            self._lines.join()
        if self._stream is not sys.stderr:
            self._stream.close()

    def plan(self, units: Mapping[str, int]) -> None:
        """Units of every stage that the run will probably do, so that the time left is told of all shards."""
        self._planned = units

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` units of the shard in hand, from 0 on; earlier shards of the stage are added up. With 0 of
        0, a step begins that counts nothing by itself, and stages before it are at their end."""
        with self._lock:
            now = time.monotonic()
            if total == 0:
                self._end_stages()
                self._step = self._at_work = (stage, now)
                return
            self._stages.setdefault(stage, _Stage(self._planned.get(stage, 0))).update(done, total, now)
            if done == total:
                self._at_work = self._step
            elif self._at_work[0] != stage:
                self._at_work = (stage, now)

    def tell(self, line: str) -> None:
        """A line of its own, above the bars."""
        with self._lock, suppress(OSError):
            self.console.print(line)

    def _end_stages(self) -> None:
        for name, stage in self._stages.items():
            if not stage.over:
                stage.pause(time.monotonic())
                stage.over = True
                if self._live is None and stage.finished:
                    self._say(f"{name}: {stage.finished} done in {_span(stage.active)}")

    def _slowest(self, now: float) -> str:
        """The job that a worker has had for longest, if that is long."""
        jobs = dict(self.in_hand())
        self._seen = {key: self._seen.get(key, now) for key in jobs}
        if not jobs:
            return ""
        key = min(self._seen, key=self._seen.__getitem__)
        took = now - self._seen[key]
        return f"{shown(jobs[key])} for {_span(took)}" if took >= SLOW_SECONDS else ""

    def _picture(self) -> RenderableType:
        with suppress(OSError):  # rich would ask descriptors that are Dagster's at this moment
            self.console.width = os.get_terminal_size(self._stream.fileno()).columns
        with self._lock:
            now = time.monotonic()
            lines: list[RenderableType] = [_table(self._stages, now, self.console.width)] if self._stages else []
            name, since = self._at_work
            if name:
                line = Text(f"{name}, {_span(now - since)}", style="dim", no_wrap=True, overflow="ellipsis")
                slowest = self._slowest(now)
                line.append(f"; slowest: {slowest}" if slowest else "")
                lines.append(line)
            return Group(*lines)

    def _say_regularly(self) -> None:
        wait = FIRST_SECONDS
        while not self._stop.wait(wait):
            wait = EVERY_SECONDS
            with self._lock:
                self._say(self._line(time.monotonic()))

    def _line(self, now: float) -> str:
        name, since = self._at_work
        stage = self._stages.get(name)
        parts = [f"{name}: {_span(now - since)}"]
        if stage is not None and stage.finished:
            parts = [f"{name}: {stage.finished} of {stage.expected}", _rate(stage.rate(now))]
            left = stage.seconds_left(now)
            parts += [f"{_span(left)} left"] if left is not None else []
        slowest = self._slowest(now)
        parts += [f"slowest: {slowest}"] if slowest else []
        return ", ".join(parts)

    def _say(self, line: str) -> None:
        with suppress(OSError):  # whoever read the pipe is gone; the run is not
            self.console.print(f"[{_span(time.monotonic() - self._begun)}] {line}")


def _own_stderr() -> TextIO:
    """A stream on a duplicate of standard error's descriptor; standard error itself where it has none (in a test)."""
    try:
        duplicate = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):
        return sys.stderr
    return os.fdopen(duplicate, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")


def _table(stages: Mapping[str, _Stage], now: float, width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    for name in ("stage", "bar", "units", "rate", "left"):
        table.add_column(no_wrap=True, justify="right" if name in ("units", "rate", "left") else "left")
    for name, stage in stages.items():
        left = stage.seconds_left(now)
        table.add_row(
            name,
            ProgressBar(max(stage.expected, 1), stage.finished, width=max(8, min(30, width - 52))),
            f"{stage.finished}/{stage.expected}",
            _rate(stage.rate(now)) if stage.finished else "",
            _span(stage.seconds(now)) if stage.over else f"{_span(left)} left" if left is not None else "",
        )
    return table


def _rate(per_second: float) -> str:
    return f"{per_second:.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
