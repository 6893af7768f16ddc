"""An optional second look at the top of the list: a cross-encoder reads query and element together. Off by default.

The model is a local folder (`AutoModelForSequenceClassification` with one output, and its tokenizer), such as a
download of cross-encoder/ms-marco-MiniLM-L6-v2. Nothing is fetched.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from codices.resources.search.query.errors import SearchError
from codices.resources.search.ranking.fusion import Contribution, Ranking
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.ranking.legs import LegResult

LEG_NAME = "reranker"

_BATCH = 16
_MAX_TOKENS = 512
_MAX_CHARACTERS = 20 * _MAX_TOKENS
"""Of a query or a text that is tokenized: more than the model reads."""


class Reranker(Protocol):
    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number for each text, the greater the better it answers `query`."""
        ...


class CrossEncoder:
    """A sequence classifier with one output over (query, text) pairs."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self._torch = torch
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if len(self._tokenizer) <= len(self._tokenizer.all_special_tokens):
            raise SearchError(f"{folder} holds no tokenizer, or one without words (tokenizer.json is missing)")
        self._model, loaded = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, output_loading_info=True
        )
        if loaded["missing_keys"]:
            missing = ", ".join(sorted(loaded["missing_keys"])[:5])
            raise SearchError(f"{folder} holds no trained reranker: it has no weights for {missing}")
        self._model.eval()
        if self._model.config.num_labels != 1:
            raise SearchError(
                f"{folder} holds a classifier of {self._model.config.num_labels} classes; a reranker has one output"
            )

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        found: list[float] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text[:_MAX_CHARACTERS] for text in texts[start : start + _BATCH]]
            tokens = self._tokenizer(
                [query[:_MAX_CHARACTERS]] * len(batch),
                batch,
                padding=True,
                truncation="longest_first",  # a query loses tokens only over half of the length
                max_length=min(_MAX_TOKENS, self._tokenizer.model_max_length),
                return_tensors="pt",
            )
            with self._torch.inference_mode():
                found.extend(self._model(**tokens).logits[:, 0].float().tolist())
        return found


def load_reranker(folder: str) -> Reranker:
    """The cross-encoder in `folder`. Raises SearchError when there is none that is whole: configuration, tokenizer, and
    trained weights of the shapes that the configuration says."""
    path = Path(folder).expanduser()
    if not (path / "config.json").is_file():
        raise SearchError(f"search.reranker names {path}, which holds no model (config.json is missing)")
    try:
        return CrossEncoder(path)
    except SearchError:
        raise
    except Exception as error:  # damaged weights raise whatever their reader does
        raise SearchError(f"the reranker in {path} cannot be loaded: {error}") from error


def rerank(
    reranker: Reranker, query: str, candidates: Sequence[Candidate], texts: Mapping[str, str]
) -> tuple[list[Candidate], LegResult]:
    """`candidates` in the reranker's order, and that order as a leg; ties keep the order they had. Scores stay those of
    the fusion: beside its legs a hit shows the reranker's rank and score, which added nothing."""
    start = time.perf_counter()
    scores = reranker.scores(query, [texts.get(candidate.place.element_id, "") for candidate in candidates])
    order = sorted(range(len(candidates)), key=lambda position: (-scores[position], position))
    reranked = []
    for rank, position in enumerate(order, 1):
        candidate = candidates[position]
        legs = {**candidate.fused.legs, LEG_NAME: Contribution(rank, scores[position], 0.0)}
        reranked.append(replace(candidate, fused=replace(candidate.fused, legs=legs)))
    keys = [candidate.place.row_id for candidate in reranked]
    ranking = Ranking(LEG_NAME, keys, [scores[position] for position in order], None)
    return reranked, LegResult(ranking, time.perf_counter() - start)
