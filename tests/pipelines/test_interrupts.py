"""Ctrl-C, SIGTERM and SIGKILL while `codices index` runs: it ends soon, says how to go on, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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
    own = {key: value for key, value in os.environ.items() if not key.startswith(("CODICES_", "DAGSTER_"))}
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "codices"), "index", str(corpus), "--home", str(home), "--shards", "2"],
        cwd=ROOT,
        env={**own, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


@pytest.fixture
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # a short path: multiprocessing's sockets have to fit
        yield Path(folder)


def _wait_for(found: Path, pattern: str) -> None:
    until = time.monotonic() + 60
    while not list(found.glob(pattern)):
        assert time.monotonic() < until, f"{pattern} never came"
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


# While planning; when Dagster has made its run; in the steps; each is a file that is there from then on.
MOMENTS = {
    "planning": ("temporary", "codices-*", signal.SIGINT),
    "starting": ("home", "dagster/codices-running/*.lock", signal.SIGTERM),
    "steps": ("home", "stages/extraction*", signal.SIGINT),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_ends_the_run_and_the_same_command_goes_on(moment: str, tmp_path: Path, temporary: Path):
    where, pattern, sent = MOMENTS[moment]
    corpus, home = _corpus(tmp_path / "corpus"), tmp_path / "home"
    process = _start(corpus, home, temporary)
    _wait_for(temporary if where == "temporary" else home, pattern)
    process.send_signal(sent)
    _, told = process.communicate(timeout=SOON)
    assert process.returncode == 128 + sent, told
    assert "run the same command again" in told
    assert "Aborted" not in told
    assert "Traceback" not in told
    time.sleep(0.5)
    assert _left_running(temporary) == []
    again = codices("index", corpus, "--home", home, TMPDIR=str(temporary))
    assert again.status == 0, again.err
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, temporary: Path):
    corpus, home = _corpus(tmp_path / "corpus"), tmp_path / "home"
    process = _start(corpus, home, temporary)
    _wait_for(home, "dagster/codices-running/*.lock")
    process.kill()
    process.communicate()
    assert list(temporary.glob("codices-*"))
    assert codices("index", corpus, "--home", home, TMPDIR=str(temporary)).status == 0
    assert list(temporary.iterdir()) == []
