"""How well pictures are found and told apart on repositories that the layer never saw."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from codices.resources.settings.encoder_options import FIGURE_KINDS
from codices.resources.training.data import read_pairs
from codices.resources.training.training import drawn_examples, fitted, folds_of, kind_prompts, merits_of, real_examples

LABELS = Path(__file__).parents[1] / "data" / "figure_kinds.json"
COARSE = {
    "chart": ("line chart", "bar chart", "pie chart", "scatter plot", "heatmap", "timeline", "dashboard"),
    "console": ("code", "terminal"),
    "diagram": ("architecture diagram", "flowchart", "sequence diagram"),
    "interface": ("form", "table"),
}


def unseen_repositories(
    pairs: Path, report: dict[str, Any], synthetic: int, held_out: int, seed: int = 1
) -> dict[str, float]:
    """Means over five folds of repositories, each judged by a layer fitted on the other four, in the way that the
    layer of `report` was; and the coarse kind of the figures that benchmarks/data labels, balanced over the four."""
    method, setting = report["chosen"], (report["synthetic_share"], report["penalty"])
    steps = report["steps"][method]
    rows = list(read_pairs(pairs))
    names = [Path(row.name).name for row in rows]
    labels: dict[str, str] = json.loads(LABELS.read_text(encoding="utf-8"))
    real = real_examples(rows)
    drawn, judged = drawn_examples(synthetic, seed, held_out=False), drawn_examples(held_out, seed + 1, held_out=True)
    folds = folds_of(Counter(real.groups.tolist()), 5)
    fold_of = np.array([folds[group] for group in real.groups])
    coarse = [next((name for name, kinds in COARSE.items() if kind in kinds), "") for kind in FIGURE_KINDS]
    candidates = np.array([bool(name) for name in coarse])
    merits: list[dict[str, float]] = []
    right: dict[str, list[bool]] = {name: [] for name in COARSE}
    seen: set[str] = set()
    for fold in range(max(folds.values()) + 1):
        layer = fitted(method, real.part(fold_of != fold), drawn, setting, steps, seed)
        merits.append(merits_of(layer, real.part(fold_of == fold), judged))
        scores = layer.apply(real.features) @ kind_prompts().T
        best = np.where(candidates, scores, -2).argmax(1)
        for row in np.flatnonzero(fold_of == fold):
            if names[row] in labels and names[row] not in seen:
                seen.add(names[row])
                right[labels[names[row]]].append(coarse[best[row]] == labels[names[row]])
    found = {name: float(np.mean([each[name] for each in merits])) for name in merits[0]}
    return {
        **found,
        "worst fold R@10 / chance": min(each["R@10 / chance"] for each in merits),
        "labelled real figures": float(len(seen)),
        "coarse kind, balanced": float(np.mean([np.mean(each) for each in right.values()])),
        **{f"coarse kind, {name}": float(np.mean(each)) for name, each in right.items()},
    }
