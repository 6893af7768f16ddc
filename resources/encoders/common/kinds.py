"""What kind of figure a picture is, zero-shot: its vector against the vectors of prompts for each kind.

Nothing is trained for a set of kinds; the kinds and their prompts are settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from codices.resources.encoders.common.interface import EncoderError, ImageTextEncoder, PictureError, Vectors
from codices.resources.settings.encoder_options import EncoderOptions

UNSURE = "unsure"

# A kind that is guessed among 18 has .06; a sigmoid gives every kind its own probability, mostly far below a half.
THRESHOLD_SOFTMAX = 0.35
THRESHOLD_SIGMOID = 0.02


class ScoringEncoder(ImageTextEncoder, Protocol):
    """An image-text encoder that knows what its cosines mean."""

    logit_scale: float
    logit_bias: float | None


class KindClassifier:
    """Kinds of figures for image vectors of one encoder; prompts are encoded once."""

    def __init__(self, encoder: ScoringEncoder, options: EncoderOptions) -> None:
        self._encoder = encoder
        self._kinds = list(options.figure_kinds)
        self._prototypes = prompt_vectors(encoder, options.figure_kinds, options.kind_prompts)
        default = THRESHOLD_SOFTMAX if encoder.logit_bias is None else THRESHOLD_SIGMOID
        self._threshold = default if options.unsure_below is None else options.unsure_below

    def probabilities(self, vectors: Vectors) -> np.ndarray:
        """(n, kinds) for (n, d) unit image vectors, in the order of `figure_kinds`."""
        return label_probabilities(self._encoder, vectors, self._prototypes)

    def classify(self, vectors: Vectors) -> list[tuple[str, float]]:
        """(kind, probability) for each image vector; `unsure` with the best kind's probability under the threshold."""
        found = []
        for row in self.probabilities(vectors):
            best = int(row.argmax())
            kind = self._kinds[best] if row[best] >= self._threshold else UNSURE
            found.append((kind, float(row[best])))
        return found


def classify_image(
    path: Path, labels: Sequence[str], encoder: ScoringEncoder, options: EncoderOptions
) -> dict[str, float]:
    """Label -> probability for one picture, the likeliest first. Labels that are kinds of the settings are described
    by their prompts there, others by themselves.

    Raises EncoderError for a file that is no picture, OSError for one that cannot be read.
    """
    if not labels:
        raise EncoderError("name at least one label")
    try:
        vector = encoder.encode_images([path.read_bytes()])
    except PictureError as error:
        raise EncoderError(f"{path} cannot be decoded: {error.reason}") from error
    described = {label: options.figure_kinds.get(label, (label,)) for label in labels}
    prototypes = prompt_vectors(encoder, described, options.kind_prompts)
    row = label_probabilities(encoder, vector, prototypes)[0]
    return {label: float(row[at]) for at, label in sorted(enumerate(described), key=lambda pair: -row[pair[0]])}


def prompt_vectors(
    encoder: ImageTextEncoder, descriptions: Mapping[str, Sequence[str]], prompts: Sequence[str]
) -> Vectors:
    """(labels, d): the mean direction of every description in every prompt (Radford et al. 2021, prompt ensembles)."""
    texts = {label: [p.replace("{}", each) for each in said for p in prompts] for label, said in descriptions.items()}
    vectors = encoder.encode_texts([text for each in texts.values() for text in each])
    means, start = [], 0
    for each in texts.values():
        means.append(vectors[start : start + len(each)].mean(0))
        start += len(each)
    prototypes = np.stack(means)
    return prototypes / np.linalg.norm(prototypes, axis=1, keepdims=True)


def label_probabilities(encoder: ScoringEncoder, vectors: Vectors, prototypes: Vectors) -> np.ndarray:
    """(n, labels): softmax over labels for a model trained with CLIP's loss, a sigmoid for each with SigLIP's; the
    temperature (and bias) are the model's own."""
    logits = encoder.logit_scale * (vectors @ prototypes.T).astype(np.float64)
    if encoder.logit_bias is not None:
        return 1 / (1 + np.exp(-(logits + encoder.logit_bias)))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)
