"""An optional second look at the top of the list: a cross-encoder reads query and element together. Off by default.

The model is a local folder (`AutoModelForSequenceClassification` with one output, and its tokenizer), such as a
download of cross-encoder/ms-marco-MiniLM-L6-v2. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from resources.search.errors import SearchError
from resources.search.grouping import Candidate

_BATCH = 16
_MAX_TOKENS = 512


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
        self._model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
        if self._model.config.num_labels != 1:
            raise SearchError(
                f"{folder} holds a classifier of {self._model.config.num_labels} classes; a reranker has one output"
            )

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        found: list[float] = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            tokens = self._tokenizer(
                [query] * len(batch),
                batch,
                padding=True,
                truncation="only_second" if len(query) < 1000 else True,
                max_length=min(_MAX_TOKENS, self._tokenizer.model_max_length),
                return_tensors="pt",
            )
            with self._torch.inference_mode():
                found.extend(self._model(**tokens).logits[:, 0].float().tolist())
        return found


def load_reranker(folder: str) -> Reranker:
    """The cross-encoder in `folder`. Raises SearchError when there is none."""
    path = Path(folder).expanduser()
    if not (path / "config.json").is_file():
        raise SearchError(f"search.reranker names {path}, which holds no model (config.json is missing)")
    try:
        return CrossEncoder(path)
    except (OSError, ValueError, ImportError) as error:
        raise SearchError(f"the reranker in {path} cannot be loaded: {error}") from error


def rerank(
    reranker: Reranker, query: str, candidates: Sequence[Candidate], texts: Mapping[str, str]
) -> list[Candidate]:
    """`candidates` in the reranker's order; ties keep the order they had. Scores stay those of the fusion, legs too."""
    scores = reranker.scores(query, [texts.get(candidate.place.element_id, "") for candidate in candidates])
    order = sorted(range(len(candidates)), key=lambda position: (-scores[position], position))
    return [candidates[position] for position in order]
