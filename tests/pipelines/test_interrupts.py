"""Ctrl-C, SIGTERM and SIGKILL while `codices index` runs: it ends soon, says how to go on, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import ROOT, codices

SOON = 3 + 4  # seconds, with slack for a loaded machine


def _corpus(folder: Path) -> Path:
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.md").write_text(f"# Pump {number}\n\nPump {number} needs 24 V.\n")
    return folder


def _start(corpus: Path, home: Path, temporary: Path) -> subprocess.Popen[str]:
    return _started(temporary, "index", corpus, "--home", home, "--shards", "2")


def _started(temporary: Path, *arguments: object) -> subprocess.Popen[str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith(("CODICES_", "DAGSTER_"))}
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "codices"), *map(str, arguments)],
        cwd=ROOT,
        env={**own, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # a short path: multiprocessing's sockets have to fit
        yield Path(folder)


def _wait_until(moment: Callable[..., bool], process: subprocess.Popen[str], home: Path) -> None:
    until = time.monotonic() + 120
    while not moment(process, home):
        assert process.poll() is None, "it ended before"
        assert time.monotonic() < until, "the moment never came"
        time.sleep(0.02)


def _left_running(temporary: Path) -> list[str]:
    """Processes whose TMPDIR lies in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={temporary}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return [command for command in found if command]


def _wait_until_nothing_runs(temporary: Path) -> None:
    until = time.monotonic() + SOON
    while left := _left_running(temporary):
        assert time.monotonic() < until, left
        time.sleep(0.05)


def _unfinished_runs(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "dagster" / "history" / "runs.db")) as history:
        found = history.execute("SELECT status FROM runs").fetchall()
    return [status for (status,) in found if status not in ("SUCCESS", "FAILURE", "CANCELED")]


def _importing(process: subprocess.Popen[str], _home: Path) -> bool:
    return "pydantic_core" in Path(f"/proc/{process.pid}/maps").read_text()


def _starting(_process: subprocess.Popen[str], home: Path) -> bool:
    return any(home.glob("dagster/codices-running/*.lock"))


def _in_steps(_process: subprocess.Popen[str], home: Path) -> bool:
    return any(home.glob("stages/extraction*/*"))


def test_a_signal_ends_the_run_and_the_same_command_goes_on(tmp_path: Path, temporary: Path):
    corpus, home = _corpus(tmp_path / "corpus"), tmp_path / "home"
    moments = ((_importing, signal.SIGINT), (_starting, signal.SIGTERM), (_in_steps, signal.SIGINT))
    for moment, sent in moments:
        process = _start(corpus, home, temporary)
        _wait_until(moment, process, home)
        # A terminal sends Ctrl-C to every process of the command, `kill` sends SIGTERM to one.
        (os.killpg if sent == signal.SIGINT else os.kill)(process.pid, sent)
        _, told = process.communicate(timeout=SOON)
        assert process.returncode == 128 + sent, (moment, told)
        assert "run the same command again" in told
        assert not [word for word in ("Aborted", "Traceback") if word in told], (moment, told)
        _wait_until_nothing_runs(temporary)
        assert moment == _importing or _unfinished_runs(home) == [], moment
    assert codices("index", corpus, "--home", home, TMPDIR=str(temporary)).status == 0
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, temporary: Path):
    corpus, home = _corpus(tmp_path / "corpus"), tmp_path / "home"
    process = _start(corpus, home, temporary)
    _wait_until(_starting, process, home)
    process.kill()
    process.communicate()
    assert list(temporary.iterdir())
    assert codices("plan", corpus, "--home", home, TMPDIR=str(temporary)).status == 0
    assert list(temporary.iterdir()) == []


def test_a_signal_ends_the_other_commands_with_one_line(tmp_path: Path, temporary: Path):
    corpus, home = _corpus(tmp_path / "corpus"), tmp_path / "home"
    commands = (("plan", corpus, "--home", home), ("search", "pump", "--home", home), ("doctor",))
    for command, sent in zip(commands, (signal.SIGTERM, signal.SIGINT, signal.SIGTERM), strict=True):
        process = _started(temporary, *command)
        _wait_until(_importing, process, home)
        process.send_signal(sent)
        _, told = process.communicate(timeout=SOON)
        assert (process.returncode, told.strip()) == (128 + sent, "codices: interrupted"), command
        _wait_until_nothing_runs(temporary)
    assert list(temporary.iterdir()) == []
