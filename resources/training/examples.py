"""What a layer is fitted on, and what is reported of that."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from codices.resources.encoders.common.interface import Vectors
from codices.resources.encoders.towers.projection import Floats


@dataclass(frozen=True)
class Examples:
    """Rows of one kind of data, features and texts already encoded."""

    features: Floats  # (n, features)
    targets: Vectors  # (n, d): the mean direction of a figure's texts
    queries: Vectors  # (n, d): its first text
    texts: list[Vectors]  # all of a figure's texts
    groups: np.ndarray  # (n,) source of a pair, or kind of a drawing
    weights: Floats  # (n,), sum 1

    def part(self, rows: np.ndarray) -> Examples:
        """The rows of a boolean mask, weights summing to 1 again."""
        weights = self.weights[rows]
        return Examples(
            self.features[rows],
            self.targets[rows],
            self.queries[rows],
            [self.texts[row] for row in np.flatnonzero(rows)],
            self.groups[rows],
            weights / weights.sum() if len(weights) else weights,
        )


@dataclass
class TrainingReport:
    """What was fitted on what, and how good it is on sources that it never saw."""

    chosen: str
    penalty: float
    synthetic_share: float
    methods: dict[str, dict[str, float]]  # method -> figures of merit, mean over test folds
    steps: dict[str, int]  # method -> steps by gradient, the mean of those that were best without a test fold
    pairs: int
    sources: dict[str, int]
    synthetic: int
    seed: int
    kind_accuracy: float | None  # on drawings in held-out styles, for the layer that is written; None without any
    logit_scale: float
    licences: dict[str, int] = field(default_factory=dict)
