"""`python -m benchmarks.index`: the bars of the index. Every part alone and at any size, e.g. `--parts growth --growth
1000 10000`.

Vectors are made (corpus.py), so that anybody can run it; nothing is downloaded.
"""

from __future__ import annotations

import argparse

from benchmarks.index import parts, serving

PARTS = ("quantisation", "growth", "large", "readers", "dimensions", "centring", "side-by-side")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rows", type=int, default=100_000, help="of quantisation, dimensions, side-by-side")
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--large-rows", type=int, default=1_000_000)
    parser.add_argument("--large-dimension", type=int, default=384)
    parser.add_argument("--growth", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--searches", type=int, default=10_000, help="under promotions")
    given = parser.parse_args()
    if "quantisation" in given.parts:
        parts.quantisation(given.rows, given.dimension)
    if "growth" in given.parts:
        parts.growth(given.growth, given.large_dimension)
    if "large" in given.parts:
        serving.large(given.large_rows, given.large_dimension)
    if "readers" in given.parts:
        serving.readers(5000, given.searches)
    if "dimensions" in given.parts:
        parts.dimensions(given.rows // 2, 1024, [256, 384, 512, 768])
    if "centring" in given.parts:
        parts.centring(given.rows // 2, given.dimension)
    if "side-by-side" in given.parts:
        from benchmarks.index import others  # the other engines are only needed here

        others.side_by_side(given.rows, given.dimension)


if __name__ == "__main__":
    main()
