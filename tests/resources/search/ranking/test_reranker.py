from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from codices.resources.search import open_index
from codices.resources.search.query.errors import SearchError
from codices.resources.settings.search_options import SearchOptions


def save_model(folder: Path, labels: int = 1) -> Path:
    """A tiny cross-encoder of random weights."""
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "backup", "certificate", "pool", "the", "restore"]
    folder.mkdir()
    vocabulary = {word: number for number, word in enumerate(words)}
    BertTokenizer(vocab=vocabulary, model_max_length=64).save_pretrained(folder)
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
    read = [hit["legs"]["reranker"] for hit in list(results)[:4]]
    assert [leg["rank"] for leg in read] == [1, 2, 3, 4]
    assert [leg["score"] for leg in read] == pytest.approx(scores)
    assert all("reranker" not in hit["legs"] for hit in list(results)[4:])
    for hit in results:
        assert hit["score"] == pytest.approx(sum(leg["contribution"] for leg in hit["legs"].values()))
    assert reranked.search(query, limit=8, explain=True).explanation["legs"]["reranker"]["hits"] == 4
    (ranked,) = reranked.rank_many([query], limit=8, level="element")
    assert [candidate.place.element_id for candidate in ranked[:4]] == after[:4], "evaluation sees it, too"


def test_a_folder_without_a_reranker_is_named(home: Path, tmp_path: Path):
    with pytest.raises(SearchError, match=r"config\.json"):
        open_index(home, search=SearchOptions(reranker=str(tmp_path))).search("backup")
    classifier = save_model(tmp_path / "classifier", labels=3)
    with pytest.raises(SearchError, match="3 classes"):
        open_index(home, search=SearchOptions(reranker=str(classifier))).search("backup")


def test_long_queries_are_cut_to_what_the_model_reads(home: Path, tmp_path: Path):
    index = open_index(home, search=SearchOptions(reranker=str(save_model(tmp_path / "reranker"))))
    for query in ("restore the backup " * 70, "証明書の更新方法" * 110, "backup " * 20_000):
        assert len(index.search(query)) > 0
    assert index.reranker is not None
    short, long = index.reranker.scores("backup", ["pool", "pool " * 1000])
    assert short != long


def _garbage(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"garbage")


def _other_shapes(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))


def _no_head(folder: Path) -> None:
    weights = {
        name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if "classifier" not in name
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _no_tokenizer(folder: Path) -> None:
    for file in folder.glob("*token*"):
        file.unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_garbage, "cannot be loaded"),
        (_other_shapes, "cannot be loaded"),
        (_no_head, "classifier"),
        (_no_tokenizer, "tokenizer"),
    ],
)
def test_a_damaged_reranker_is_refused(home: Path, tmp_path: Path, damage: Callable[[Path], None], said: str):
    folder = save_model(tmp_path / "damaged")
    damage(folder)
    with pytest.raises(SearchError, match=said):
        open_index(home, search=SearchOptions(reranker=str(folder))).search("backup")
