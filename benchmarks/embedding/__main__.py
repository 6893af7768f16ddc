"""`python -m benchmarks.embedding [--parts texts,images,memory,quality] [--pairs PAIRS.jsonl]`: tables of ratios."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.embedding import quality, speed
from codices.resources.encoders.common.embedded import PROJECTION

PAIRS = Path("../shared/data/figure-captions/pairs.jsonl")
BARS = {
    "largest difference of a query": "<= 1e-5",
    "ours / one at a time": ">= 3",
    "ours / batches of 32": ">= 1.5",
    "ours / textbook": ">= 3",
    "ours / (1 / (forward + preprocessing))": ">= .75",
    "ratio": "<= 1.15",
    "R@10 / chance": ">= 2",
    "median rank percentile": "<= .38",
    "kind accuracy": ">= .90",
    "coarse kind, balanced": ">= .60",
}


def table(title: str, numbers: dict[str, float]) -> None:
    print(f"\n## {title}\n\n| | measured | bar |\n|---|---|---|")
    for name, value in numbers.items():
        print(f"| {name} | {value:.3g} | {BARS.get(name.removeprefix('auto: '), '')} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="texts,images,memory,quality")
    parser.add_argument("--pairs", type=Path, default=PAIRS, help="figure-caption pairs for the part `quality`")
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--many", type=int, default=20_000, help="pictures of the longer stream of the part `memory`")
    parser.add_argument("--synthetic", type=int, default=1800)
    parser.add_argument("--held-out", type=int, default=360)
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    if "texts" in parts:
        table("Texts, MiniLM, mixed lengths", speed.text_speed(arguments.texts))
    if "images" in parts:
        table("Pictures, ViT-B-32 (random weights), engine auto", speed.image_speed(arguments.images))
    if "memory" in parts:
        table("Peak memory of a stream of pictures", speed.peak_memory(arguments.many // 10, arguments.many))
    if "quality" in parts and not arguments.pairs.is_file():
        print(f"\nThe part `quality` was left out: there is no {arguments.pairs}")
    elif "quality" in parts:
        report = json.loads((PROJECTION.parent / "report.json").read_text(encoding="utf-8"))
        numbers = quality.unseen_repositories(arguments.pairs, report, arguments.synthetic, arguments.held_out)
        table("Repositories and styles that the layer never saw", numbers)


if __name__ == "__main__":
    main()
