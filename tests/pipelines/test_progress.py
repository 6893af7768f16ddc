"""Whoever starts a run sees how far it is: on a terminal, and in a pipe."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from itertools import pairwise
from pathlib import Path

import pytest

from codices.pipelines.terminal.progress import EVERY_SECONDS, Reporter
from tests.conftest import _clean_environment

CODICES = str(Path(sys.executable).parent / "codices")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(5):
        (folder / f"note-{number}.md").write_text(f"# Pump {number}\n\nValve {number} opens at {number + 3} bar.\n")
    return folder


def _index(corpus: Path, descriptor: int) -> subprocess.Popen[bytes]:
    command = [CODICES, "index", str(corpus), "--home", str(corpus.parent / "home"), "--shards", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=descriptor, env=_clean_environment())


def _read(descriptor: int, process: subprocess.Popen[bytes]) -> list[tuple[float, bytes]]:
    """What was written, with the time of each piece, until the end."""
    pieces, deadline = [(time.monotonic(), b"")], time.monotonic() + 400
    while time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.5)[0]:
            try:
                piece = os.read(descriptor, 65536)
            except OSError:  # how a terminal without a writer ends
                break
            if not piece:
                break
            pieces.append((time.monotonic(), piece))
        elif process.poll() is not None:
            break
    process.wait(10)
    return pieces


def test_a_terminal_shows_stages_while_they_run(corpus: Path):
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = _index(corpus, theirs)
    os.close(theirs)
    pieces = _read(ours, process)
    assert process.returncode == 0
    whole = b"".join(piece for _, piece in pieces).decode()
    for said in ("starting", "starting Dagster", "extraction", "text vectors", "release"):
        assert said in whole
    assert "5/5" in whole
    first = next(at for at, piece in pieces if b"extraction" in piece)
    assert pieces[-1][0] - first > 1, "bars come while the run goes on, not at its end"
    longest = max(len(line) for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", whole)))
    assert longest <= 80


def test_a_pipe_gets_plain_lines_and_is_never_silent_for_long(corpus: Path):
    ours, theirs = os.pipe()
    process = _index(corpus, theirs)
    os.close(theirs)
    pieces = _read(ours, process)
    assert process.returncode == 0
    whole = b"".join(piece for _, piece in pieces).decode()
    assert "\x1b" not in whole
    assert "extraction: 5 done in" in whole
    assert "elements: 5 done in" in whole
    times = [at for at, _ in pieces]
    assert EVERY_SECONDS < 10
    assert max(later - at for at, later in pairwise(times)) < 30, "ten on a machine that has nothing else to do"


def test_the_slowest_job_is_named_and_time_left_counts_all_shards(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("codices.pipelines.terminal.progress.SLOW_SECONDS", 0)
    monkeypatch.setattr("codices.pipelines.terminal.progress.FIRST_SECONDS", 0.3)
    monkeypatch.setattr("codices.pipelines.terminal.progress.EVERY_SECONDS", 0.3)
    with Reporter() as reporter:
        reporter.plan({"extraction": 40})
        reporter.in_hand = lambda: [("a", "manuals/large\x1b.pdf")]
        reporter.progress("extraction", 0, 4)
        time.sleep(0.2)
        reporter.progress("extraction", 2, 4)
        time.sleep(1)
        reporter.progress("extraction", 4, 4)
    said = capfd.readouterr().err
    assert "extraction: 2 of 40" in said
    assert "left" in said
    assert "slowest: manuals/large\\x1b.pdf" in said
    assert "extraction: 4 done in" in said
