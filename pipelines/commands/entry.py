"""Where the `codices` command begins. It imports next to nothing, so that a signal meets its handler from the start."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext

from codices.pipelines.interrupts import GOES_ON, INTERRUPTED, ended_by_signals


def main() -> None:
    """The `codices` command, which ends in seconds when it is interrupted, also while it is imported. `codices ui` ends
    the processes that it started first, and does so itself."""
    command = _command(sys.argv[1:])
    with nullcontext() if command == "ui" else ended_by_signals(GOES_ON if command == "index" else INTERRUPTED):
        from codices.pipelines.commands.command_line import main as entered

        entered()


def _command(arguments: Sequence[str]) -> str | None:
    """The name of the command, also behind what may stand before it."""
    rest = iter(arguments)
    for each in rest:
        if each == "--home":
            next(rest, None)
        elif not each.startswith("-"):
            return each
    return None


if __name__ == "__main__":
    main()
