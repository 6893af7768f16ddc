"""The layer between two frozen towers: image features to the text encoder's space, fitted in closed form.

Nothing here knows where pairs come from (see `training`) or what is drawn on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codices.resources.encoders.common.batching import unit_vectors
from codices.resources.encoders.common.interface import EncoderError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Projection:
    """vector = weight @ feature + bias, then to unit length. `logit_scale` is the factor on cosines, `weight` is
    (text dimension, features)."""

    weight: Floats
    bias: Floats
    logit_scale: float

    def apply(self, features: Floats) -> Floats:
        """(n, features) to (n, text dimension), unit length. Raises EncoderError for a vector that is not finite or
        has no length."""
        return unit_vectors(features @ self.weight.T + self.bias)


def fit_ridge(features: Floats, targets: Floats, weights: Floats, penalties: Sequence[float]) -> list[Projection]:
    """Weighted ridge regression of unit text vectors on standardised features (Hoerl and Kennard 1970), one layer for
    each of `penalties` (per unit of total weight).

    `features` (n, f), `targets` (n, d), `weights` (n,) how much a row counts. Raises EncoderError when the rows do not
    differ, or are not finite.
    """
    share = (weights / weights.sum()).astype(np.float64)[:, None]
    mean, target_mean = (share * features).sum(0), (share * targets).sum(0)
    deviation = np.sqrt((share * (features - mean) ** 2).sum(0)) + 1e-6
    standard = (features - mean) / deviation
    # One decomposition serves all penalties.
    values, directions = np.linalg.eigh(standard.T @ (share * standard))
    rotated = directions.T @ (standard.T @ (share * (targets - target_mean)))
    layers = []
    for penalty in penalties:
        solution = directions @ (rotated / (values + penalty)[:, None])
        weight = (solution / deviation[:, None]).T
        # The mean text is what all captions share and tells no two figures apart: without it vectors spread out.
        bias = -(weight @ mean)
        length = np.linalg.norm(features @ weight.T + bias, axis=1).mean()
        if not np.isfinite(length) or length < 1e-9:
            raise EncoderError("no layer can be fitted: the figures, or their texts, are all the same or not finite")
        scale = 1 / length
        layers.append(Projection((weight * scale).astype(np.float32), (bias * scale).astype(np.float32), 20.0))
    return layers


def fit_temperature(projection: Projection, features: Floats, prompts: Floats, labels: np.ndarray) -> Projection:
    """`projection` with the factor on cosines at which softmax over `prompts` (kinds, d) gives `labels` (n,) the
    highest likelihood (Guo et al. 2017)."""
    cosines = projection.apply(features) @ prompts.T
    rows = np.arange(len(labels))

    def surprise(scale: float) -> float:
        logits = scale * cosines
        top = logits.max(1)
        return float((top + np.log(np.exp(logits - top[:, None]).sum(1)) - logits[rows, labels]).mean())

    return replace(projection, logit_scale=min((float(scale) for scale in np.geomspace(2, 100, 60)), key=surprise))


def save_projection(projection: Projection, path: Path, metadata: dict[str, str]) -> None:
    """As safetensors, fp16; `metadata` says what it was fitted on."""
    from safetensors.numpy import save_file

    tensors = {
        # safetensors writes the buffer as it lies: a transposed one would come back scrambled.
        "weight": np.ascontiguousarray(projection.weight.astype(np.float16)),
        "bias": projection.bias.astype(np.float32),
        "logit_scale": np.array(np.log(projection.logit_scale), np.float32),
    }
    save_file(tensors, path, metadata=metadata)


def load_projection(path: Path) -> Projection:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return Projection(
        tensors["weight"].astype(np.float32),
        tensors["bias"].astype(np.float32),
        float(np.exp(tensors["logit_scale"])),
    )
