"""`python -m benchmarks.hostile`: mutants with fresh seeds, and runs that are ended by signals at random moments."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from benchmarks.hostile import mutants, signals

PARTS = ("mutants", "signals")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="default: a fresh one")
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=300, help="mutants of one corpus")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant, to try a batch again")
    parser.add_argument("--signals", type=int, default=60)
    parser.add_argument("--small", type=int, default=60, help="documents of signals")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the batches that broke the property")
    given = parser.parse_args()
    kept = given.keep or Path(tempfile.mkdtemp(prefix="codices-hostile-"))
    results = []
    with tempfile.TemporaryDirectory(prefix="codices-bench-") as folder:
        if "mutants" in given.parts:
            numbers = range(given.first, given.first + given.mutants)
            results.append(mutants.measure(Path(folder) / "mutants", kept, given.seed, numbers, given.batch))
        if "signals" in given.parts:
            results.append(signals.measure(Path(folder) / "signals", given.small, given.signals, given.seed))
    if kept.exists() and not any(kept.iterdir()):
        kept.rmdir()
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
