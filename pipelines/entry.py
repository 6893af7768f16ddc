"""Where the `codices` command begins. It imports next to nothing, so that a signal meets its handler from the start."""

from __future__ import annotations

import sys
from contextlib import nullcontext

from codices.pipelines.interrupts import ended_by_signals


def main() -> None:
    """The `codices` command; `codices index` ends in seconds when it is interrupted, also while it is imported."""
    with ended_by_signals() if sys.argv[1:2] == ["index"] else nullcontext():
        from codices.pipelines.command_line import main as command

        command()
