"""Where the `codices` command begins. It imports next to nothing, so that a signal meets its handler from the start."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext

from codices.pipelines.interrupts import ended_by_signals


def main() -> None:
    """The `codices` command; `codices index` ends in seconds when it is interrupted, also while it is imported."""
    with ended_by_signals() if _indexes(sys.argv[1:]) else nullcontext():
        from codices.pipelines.commands.command_line import main as command

        command()


def _indexes(arguments: Sequence[str]) -> bool:
    """Whether the command is `index`, also behind what may stand before a command."""
    rest = iter(arguments)
    for each in rest:
        if each == "--home":
            next(rest, None)
        elif not each.startswith("-"):
            return each == "index"
    return False
