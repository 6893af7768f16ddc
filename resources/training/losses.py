"""The projection layer trained by gradient, with open_clip's own losses: CLIP's softmax and SigLIP's sigmoid.

Starts from the closed form; how many steps are best is for the caller to judge, on sources that are not trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from codices.resources.encoders.towers.projection import Projection
from codices.resources.settings.encoder_options import SIGMOID, SOFTMAX
from codices.resources.training.examples import Examples

BATCH = 256
RATE = 1e-4
DECAY = 0.05
JUDGED_EVERY = 10  # steps
PATIENCE = 4  # judgements without a better one
MAX_STEPS = 200
# Where training starts from: CLIP's 1 / 0.07 (Radford et al. 2021), SigLIP's 10 and -10 (Zhai et al. 2023).
START_SCALE = {SOFTMAX: 1 / 0.07, SIGMOID: 10.0}
START_BIAS = -10.0


def fit_by_loss(
    method: str, start: Projection, real: Examples, drawn: Examples, share: float, *, steps: int = MAX_STEPS, seed: int
) -> Iterator[Projection]:
    """The layer after every JUDGED_EVERY of `steps`, each the same whatever `steps` is. A batch draws figures by
    weight, `share` of them drawings, and one text of each."""
    import torch
    from open_clip.loss import ClipLoss, SigLipLoss

    chance = np.random.default_rng(seed)
    layer = torch.nn.Linear(start.weight.shape[1], start.weight.shape[0])
    log_scale = torch.nn.Parameter(torch.tensor(np.log(START_SCALE[method]), dtype=torch.float32))
    bias = torch.nn.Parameter(torch.tensor(START_BIAS))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(start.weight))
        layer.bias.copy_(torch.from_numpy(start.bias))
    loss: Any = ClipLoss() if method == SOFTMAX else SigLipLoss()
    optimiser = torch.optim.AdamW(
        [
            {"params": [layer.weight], "weight_decay": DECAY},
            {"params": [layer.bias, log_scale, bias], "weight_decay": 0},
        ],
        lr=RATE,
    )

    def state() -> Projection:
        scale = float(log_scale.detach().exp())
        return Projection(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy(), scale)

    for step in range(1, steps + 1):
        features, texts = _batch(real, drawn, share, chance)
        images = torch.nn.functional.normalize(layer(torch.from_numpy(features)), dim=-1)
        arguments = (images, torch.from_numpy(texts), log_scale.exp())
        value = loss(*arguments) if method == SOFTMAX else loss(*arguments, bias)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        if step % JUDGED_EVERY == 0:
            yield state()


def _batch(real: Examples, drawn: Examples, share: float, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    features, texts = [], []
    count_drawn = round(BATCH * share) if len(drawn.groups) else 0
    for examples, count in ((real, BATCH - count_drawn), (drawn, count_drawn)):
        if count == 0:
            continue
        weights = examples.weights.astype(np.float64)
        rows = chance.choice(len(weights), min(count, len(weights)), replace=False, p=weights / weights.sum())
        features.append(examples.features[rows])
        texts.extend(examples.texts[row][chance.integers(len(examples.texts[row]))] for row in rows)
    return np.concatenate(features), np.stack(texts)
