"""Indexing and searching start no program and ask no host that nobody asked for, whatever stands in a document."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from codices.resources.foundation import no_network
from tests.hostile.callers import write_corpus
from tests.hostile.watched_index import Place

# pypandoc looks for its program by both names. Python's `platform` and `ctypes.util` ask file and ldconfig about itself
# and its libraries, Dagster shows what a step prints with tail.
_PROGRAMS = re.compile(r"python[\d.]*|codices|tesseract|pandoc(\.exe)?|soffice|libreoffice|file|ldconfig|tail")
_EXEC = re.compile(r'execve\("([^"]*)"')
_CHILD = re.compile(r"(?:clone3?|v?fork)(?:\(| resumed).* = (\d+)$")
_ASKED = re.compile(r"\b(?:connect|send\w+)\(.*(?:sa_family=AF_INET6?\b|io\.systemd\.Resolve|avahi|mdns)")


def strace(log: Path) -> list[str]:
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "300", "-e", "trace=network,process", "-o", str(log)]


@cache
def _traces() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run([*strace(Path("/dev/null")), "true"], capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not _traces(), reason="strace is not installed, or may not trace here")


def asked(log: Path) -> list[str]:
    """Lines that reach for another host, or for a service that looks up names."""
    return [line for line in log.read_text(errors="replace").splitlines() if _ASKED.search(line)]


def started(log: Path) -> set[str]:
    """Names of the programs that were started, or looked for, other than by LibreOffice."""
    parents: dict[str, str] = {}
    programs: dict[str, list[str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        process, _, call = line.partition(" ")
        if child := _CHILD.search(call):
            parents[child[1]] = process
        if program := _EXEC.search(call):
            programs.setdefault(process, []).append(Path(program[1]).name)

    def line_of(process: str) -> Iterator[str]:
        while process:
            yield process
            process = parents.get(process, "")

    found: set[str] = set()
    for process, names in programs.items():
        by_office = any("soffice" in programs.get(each, ()) for each in line_of(process))
        found.update(["soffice"] if by_office else names)
    return found


@needs_strace
@pytest.mark.timeout(900)
def test_no_calls(tmp_path: Path):
    logs = tmp_path / "index.log", tmp_path / "search.log"
    place = Place(tmp_path, strace(logs[0]))
    write_corpus(place.corpus)
    run = place.index("--shards", "2", timeout=700, OMP_NUM_THREADS="1")
    assert run.status == 0, run.output
    search = [str(Path(sys.executable).parent / "codices"), "search", "what does the pump need", "--home", place.home]
    subprocess.run([*strace(logs[1]), *search], env=place.environment(), check=True, capture_output=True)
    assert started(logs[0]) >= {"codices", "tesseract"}, "the trace holds what was started"
    for log in logs:
        assert asked(log) == []
        assert [name for name in sorted(started(log)) if not _PROGRAMS.fullmatch(name)] == []
    assert run.written == [], "nothing was written beside the home"
    assert run.left_files == []


@needs_strace
def test_the_trace_tells_who_asks_and_what_is_started(tmp_path: Path):
    """Without this, a line of strace that is read wrongly would let everything pass."""
    code = (
        "import socket, subprocess\n"
        "subprocess.run(['ls', '/'], capture_output=True)\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking: asking.connect(('127.0.0.1', 9))\n"
    )
    subprocess.run([*strace(tmp_path / "log"), sys.executable, "-c", code], check=True)
    assert "ls" in started(tmp_path / "log")
    assert len(asked(tmp_path / "log")) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux refuses the network to a program")
def test_a_program_without_the_network_keeps_local_sockets():
    code = (
        "import socket\n"
        "def refused(family):\n"
        "    try: socket.socket(family).close()\n"
        "    except PermissionError: return True\n"
        "print([refused(family) for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)])\n"
    )
    done = subprocess.run([*no_network.PREFIX, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, True, None]"
