"""How a process ended, in words."""

from __future__ import annotations

import signal


def ending(exit_code: int) -> str:
    """Of what `Popen.wait` returns: "by signal SIGSEGV", "with exit code 1"."""
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = " (perhaps the machine ran out of memory)" if name == "SIGKILL" else ""
        return f"by signal {name}{hint}"
    return f"with exit code {exit_code}"
