"""Mutants in batches, each batch a corpus and a run: how many runs ended, what was silent, what was lost."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.incremental.runs import CONSOLE, show
from tests.hostile.property import PEAK_MIB, UNTOUCHED, Outcome, check_mutants, peak_alone, settings_for

TIMEOUT = 1800.0  # seconds for a batch, after which its run counts as ended


def measure(folder: Path, kept: Path, seed: int, numbers: range, batch: int) -> bool:
    """Checks the mutants with these numbers. A batch that breaks the property is moved to `kept`."""
    outcomes: list[Outcome] = []
    settings = settings_for(folder / "model")
    alone = peak_alone(folder / "alone", settings, TIMEOUT)
    for first in numbers[::batch]:
        some = range(first, min(first + batch, numbers.stop))
        place = folder / f"{seed}-{first}"
        outcome = check_mutants(place, settings, seed, some, TIMEOUT, alone)
        outcomes.append(outcome)
        CONSOLE.print(
            f"seed {seed}, mutants {first} to {some.stop - 1}: {outcome.run.seconds:.1f} s, "
            f"peak {outcome.run.peak_mib:.0f} MiB, {len(outcome.faults)} faults",
            markup=False,
        )
        for line in (*outcome.faults, *(f"not foreseen: {each}" for each in outcome.unexpected)):
            CONSOLE.print(f"  {line}", markup=False)
        if outcome.faults:
            kept.mkdir(parents=True, exist_ok=True)
            shutil.move(place, kept / place.name)
        else:
            shutil.rmtree(place)
    return _show(seed, outcomes, alone)


def _show(seed: int, outcomes: list[Outcome], alone: float) -> bool:
    total = sum(len(outcome.mutants) for outcome in outcomes)
    ended = sum(outcome.run.status != 0 for outcome in outcomes)
    silent = sum(len(outcome.silent) for outcome in outcomes)
    missing = sum(len(outcome.missing) for outcome in outcomes)
    peak = max((outcome.run.peak_mib for outcome in outcomes), default=0.0)
    written = sum(len(outcome.run.written) for outcome in outcomes)
    left = sum(len(outcome.run.left_files) + len(outcome.run.left_processes) for outcome in outcomes)
    seconds = sum(outcome.run.seconds for outcome in outcomes)
    unexpected = sum(len(outcome.unexpected) for outcome in outcomes)
    return show(
        f"{total} mutants of seed {seed} in {len(outcomes)} runs, {len(UNTOUCHED)} untouched documents in each",
        [
            ("runs ended", str(ended), "0", not ended),
            ("silent mutants", str(silent), "0", not silent),
            ("untouched documents missing", str(missing), "0", not missing),
            ("peak of the main process", f"{peak:.0f} MiB", f"<= {PEAK_MIB:.0f} MiB", peak <= PEAK_MIB),
            (
                "above a run without mutants",
                f"{peak - alone:.0f} MiB",
                f"<= {PEAK_MIB:.0f} MiB",
                peak - alone <= PEAK_MIB,
            ),
            ("paths written outside the home", str(written), "0", not written),
            ("processes and temporary files left", str(left), "0", not left),
            ("failed, but not foreseen by a reader", str(unexpected), "", True),
            ("seconds", f"{seconds:.0f}", "", True),
        ],
    )
