"""A process beside this one answers, crashes alone, and never outlives the one that asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from codices.resources.encoders.common.interface import PictureError
from codices.resources.encoders.common.sparing import vectors_or_faults
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import Described
from codices.resources.workers.companion import Companion, CompanionDied
from tests.conftest import ROOT

WORK = "tests.resources.workers.companion_work"


@pytest.fixture
def companion(monkeypatch: pytest.MonkeyPatch) -> Iterator[Companion]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Companion(WORK)
    yield made
    made.close()


def gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_answers_and_errors_come_back_as_they_were(companion: Companion):
    assert companion.call("process") == companion.pid != os.getpid()
    np.testing.assert_array_equal(companion.call("lengths", ["a"]), np.array([[np.cos(1), np.sin(1)]], np.float32))
    with pytest.raises(PictureError, match="no picture") as own:
        companion.call("raise", "own")
    assert own.value.position == 3
    with pytest.raises(Described, match=r"KeyError: 'what a library raises' \(companion_work.py:\d+ in _raise\)"):
        companion.call("raise", "foreign")


def test_a_stream_reads_what_it_needs_and_a_call_is_answered_meanwhile(companion: Companion):
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    stream = companion.stream("doubled", numbers())
    assert [next(stream) for _ in range(3)] == [0, 2, 4]
    assert companion.call("process") == companion.pid
    assert len(read) <= 12, "two windows ahead of the one that is read"
    stream.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(companion.stream("doubled", range(30))) == [2 * number for number in range(30)]
    with pytest.raises(Described, match="a negative number"):
        list(companion.stream("doubled", [1, 2, -1, 4]))


def test_a_crash_costs_the_one_text_that_brings_it_about(companion: Companion):
    first = companion.call("process")
    with pytest.raises(CompanionDied, match="SIGSEGV"):
        companion.call("lengths", ["end of the process"])
    texts = ["a", "bb", "end of the process", "dddd", "eeeee"]
    found = vectors_or_faults(lambda some: companion.call("lengths", some), texts, "plain")
    assert [isinstance(each, Failure) for each in found] == [False, False, True, False, False]
    assert "SIGSEGV" in str(found[2])
    assert companion.call("process") != first


def test_it_ends_when_it_is_killed_idle_or_alone(companion: Companion, monkeypatch: pytest.MonkeyPatch):
    number = companion.call("process")
    killer = threading.Timer(0.3, os.kill, (number, signal.SIGKILL))
    killer.start()
    with pytest.raises(CompanionDied, match="SIGKILL"):
        companion.call("sleep", 60)

    brief = Companion(WORK, idle_seconds=0.2)
    assert gone(brief.call("process"))
    assert brief.pid is None
    assert not gone(brief.call("process"), 0.05), "the next call starts another"
    brief.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_asked(number: signal.Signals, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    script = (
        "from codices.resources.workers.companion import Companion\n"
        f"companion = Companion({WORK!r})\n"
        "print(companion.call('process'), flush=True)\n"
        "companion.call('sleep', 600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.send_signal(number)
        assert gone(process)
