"""`codices ui`: Dagster's UI on a home, under the settings of that home, from any folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import _clean_environment, codices
from tests.end_to_end.stack import Stack


def test_the_ui_serves_a_home_and_leaves_nothing_behind(tmp_path: Path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "note.md").write_text("# Pump\n\nThe valve opens at 5 bar.\n")
    (tmp_path / "codices.toml").write_text(f'corpus = "{corpus.name}"\nhome = "own"\nshards = 2\n')
    (tmp_path / "assets.py").write_text("raise SystemExit('a file of the user, not ours')\n")
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "codices"), "ui", "--port", "0"],
        cwd=tmp_path, env=_clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.communicate()[1]
        stack = Stack(int(url.rpartition(":")[2]))
        nodes = stack.ask("{ assetNodes { assetKey { path } partitionKeys } }")["assetNodes"]
        partitions = {node["assetKey"]["path"][0]: node["partitionKeys"] for node in nodes}
        assert {"corpus", "documents", "release"} <= set(partitions)
        assert len(partitions["documents"]) == 2, "the settings beside the home count"
        daemons = stack.ask("{ instance { daemonHealth { allDaemonStatuses { daemonType } } } }")
        assert daemons["instance"]["daemonHealth"]["allDaemonStatuses"]
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Warning" not in out + err
    assert "Traceback" not in out + err
    assert (tmp_path / "own/home.json").exists()
    deadline = time.monotonic() + 30
    while _processes_of(tmp_path / "own") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert _processes_of(tmp_path / "own") == []


def _processes_of(home: Path) -> list[str]:
    """Processes that were started for a home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"CODICES_HOME={home}\0".encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:  # another user's, or gone
            continue
    return found


def test_a_port_that_is_taken_and_a_home_that_is_none_are_told_in_one_line(tmp_path: Path):
    assert codices("ui", "--home", tmp_path / "none").status == 2
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = codices("ui", "--port", port, "--home", tmp_path / "home", CODICES_CORPUS=os.fspath(tmp_path))
    assert told.status == 1
    assert f"port {port}" in told.err
    assert "Traceback" not in told.err
