from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from resources.search import open_index
from resources.search.errors import SearchError
from resources.search.options import SearchOptions


def save_model(folder: Path, labels: int = 1) -> Path:
    """A tiny cross-encoder of random weights."""
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "backup", "certificate", "pool", "the", "restore"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizer(vocab_file=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_it_orders_the_top_of_the_list_and_nothing_else(home: Path, tmp_path: Path):
    folder = save_model(tmp_path / "reranker")
    plain = open_index(home)
    reranked = open_index(home, search=SearchOptions(reranker=str(folder), reranker_depth=4))
    query = "restore a backup of the certificate"
    before = plain.search(query, limit=8).to_arrow().column("element_id").to_pylist()
    results = reranked.search(query, limit=8)
    after = results.to_arrow().column("element_id").to_pylist()
    assert set(after) == set(before)
    assert sorted(before[:4]) == sorted(after[:4])
    assert before[4:] == after[4:]
    texts = [hit["text"] for hit in results][:4]
    assert reranked.reranker is not None
    scores = reranked.reranker.scores(query, texts)
    assert scores == sorted(scores, reverse=True)
    assert results[0]["legs"]
    (ranked,) = reranked.rank_many([query], limit=8, level="element")
    assert [candidate.place.element_id for candidate in ranked[:4]] == after[:4], "evaluation sees it, too"


def test_a_folder_without_a_reranker_is_named(home: Path, tmp_path: Path):
    with pytest.raises(SearchError, match=r"config\.json"):
        open_index(home, search=SearchOptions(reranker=str(tmp_path))).search("backup")
    classifier = save_model(tmp_path / "classifier", labels=3)
    with pytest.raises(SearchError, match="3 classes"):
        open_index(home, search=SearchOptions(reranker=str(classifier))).search("backup")
