"""Runs that are told to end at random moments: how soon they do, what they say, what they leave, what readers get."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from benchmarks.incremental.runs import CONSOLE, show
from benchmarks.incremental.trouble import interrupted_runs
from tests.hostile.watched_index import Place

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
END_SECONDS = 3.0  # from SIGTERM or SIGINT to the end of the run and of all that it started
_WAIT_SECONDS = 60.0


def measure(folder: Path, documents: int, times: int, seed: int) -> bool:
    """`times` runs, each ended by the next of SIGNALS, which the main process alone gets, as from a supervisor."""
    place = Place(folder / "watched")
    slowest, left, mute = 0.0, 0, 0

    def strike(process: subprocess.Popen[bytes], number: int) -> None:
        nonlocal slowest, left, mute
        sent = SIGNALS[number // 3 % len(SIGNALS)]  # the kind of run changes with every number
        began = time.monotonic()
        process.send_signal(sent)
        said = _end_of(process)
        running = place.left_processes(max(0.0, began + END_SECONDS - time.monotonic()))
        seconds = time.monotonic() - began
        left += bool(running)
        if sent != signal.SIGKILL:
            slowest = max(slowest, seconds)
            mute += "again" not in said
        CONSOLE.print(f"{number}: {sent.name}, {seconds:.1f} s: {said[-300:].strip()} {running}", markup=False)
        place.end_all()

    equal = interrupted_runs(folder / "runs", documents, times, strike, seed, **place.environment())
    files = place.left_files()
    for path in files[:20]:
        CONSOLE.print(f"temporary file left: {path}", markup=False)
    return show(
        f"{', '.join(sent.name for sent in SIGNALS)} in turns",
        [
            ("rows as of an undisturbed run", f"{equal} of {times}", f"{times}", equal == times),
            ("slowest end", f"{slowest:.1f} s", f"<= {END_SECONDS:.0f} s", slowest <= END_SECONDS),
            ("ends that did not say to run it again", str(mute), "0", not mute),
            (f"runs with a process left after {END_SECONDS:.0f} s", str(left), "0", not left),
            ("temporary files left by all of them", str(len(files)), "0", not files),
        ],
    )


def _end_of(process: subprocess.Popen[bytes]) -> str:
    """Waits for the end, and returns what the run said on standard error."""
    try:
        _, said = process.communicate(timeout=_WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return "did not end"
    return said.decode(errors="replace")
