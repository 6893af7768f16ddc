"""Which process is meant: a number alone is given again, so a process is told by where it runs and when it began."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def own_process() -> str:
    """This process as `host:boot:number:start`; the start is in clock ticks since the boot (proc(5), field 22)."""
    return f"{socket.gethostname()}:{_BOOT.read_text().strip()}:{os.getpid()}:{_start(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether the process that `own_process` named has ended. One of another host is never known to have."""
    try:
        host, boot, number, start = process.split(":")
    except ValueError:
        return False
    if host != socket.gethostname():
        return False
    return boot != _BOOT.read_text().strip() or _start(int(number)) != start


def _start(number: int) -> str | None:
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = status.rpartition(")")[2].split()  # the name before may hold anything
    return None if state == "Z" else fields[18]
