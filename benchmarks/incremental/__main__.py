"""`python -m benchmarks.incremental`: the bars of re-indexing. Nothing else should run on the machine meanwhile.

Documents are generated; the part `changes` takes a real corpus, too, where there is one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.incremental import costs, trouble

FIGURES = Path("../shared/data/docs-figures/corpus_alt")
PARTS = ("changes", "growth", "dagster", "kills", "contention")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.incremental", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--documents", type=int, default=2000, help="of changes and dagster")
    parser.add_argument("--corpus", type=Path, default=FIGURES, help="a real corpus for changes")
    parser.add_argument("--growth", type=int, nargs="+", default=[500, 2000, 8000])
    parser.add_argument("--shards", type=int, default=64, help="of dagster")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--small", type=int, default=60, help="documents of kills and contention")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="codices-bench-") as folder:
        run = {
            "changes": lambda at: costs.generated(at, given.documents, given.rounds),
            "growth": lambda at: costs.growth(at, given.growth, 20, 3 * given.rounds),
            "dagster": lambda at: costs.dagster(at, given.documents, given.shards),
            "kills": lambda at: trouble.kills(at, given.small, given.kills),
            "contention": lambda at: trouble.contention(at, given.small * 4, given.rounds),
        }
        results = []
        for part in given.parts:
            results.append(run[part](Path(folder) / part))
            if part == "changes" and given.corpus.is_dir():
                results.append(costs.real(Path(folder) / "real", given.corpus, given.rounds))
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
