import pytest

from codices.resources.search.ranking.fusion import Fused
from codices.resources.search.ranking.grouping import (
    Candidate,
    Place,
    apply_quotas,
    fold_near_duplicates,
    group,
    raise_modality,
)


def candidate(name: str, score: float, modality: str = "text", path: str = "a.md", **place: object) -> Candidate:
    return Candidate(Place(name, modality, path, **place), Fused(name, score), score)  # type: ignore[arg-type]


def names(candidates: list[Candidate]) -> list[str]:
    return [each.place.element_id for each in candidates]


def test_the_same_picture_is_one_hit_and_the_best_words_speak_for_it():
    in_page = candidate("page", 0.9, "figure", source_path="p.png", image_id="i")
    bare = candidate("file", 0.4, "figure", path="p.png", source_path="p.png", image_id="i")
    other = candidate("text", 0.5)
    grouped = group([in_page, other, bare], "element")
    assert names(grouped) == ["page", "text"]
    assert names(grouped[0].siblings) == ["file"]


def test_levels():
    hits = [
        candidate("a1", 0.9, page=1),
        candidate("a2", 0.8, page=2),
        candidate("a3", 0.7, "figure", page=2, source_path="p.png", image_id="i"),
        candidate("b1", 0.6, path="b.md", page=1),
    ]
    assert names(group(hits, "document")) == ["a1", "b1"]
    assert names(group(hits, "page")) == ["a1", "a2", "b1"]
    assert names(group(hits, "source")) == ["a1", "a3", "b1"]
    assert names(group(hits, "image")) == ["a3"]
    assert names(group(hits, "document")[0].siblings) == ["a2", "a3"]


def test_intent_raises_and_hides_nothing():
    hits = [candidate("t", 1.0), candidate("f", 0.9, "figure"), candidate("t2", 0.5)]
    assert names(raise_modality(hits, None, 0.25)) == ["t", "f", "t2"]
    raised = raise_modality(hits, "figure", 0.25)
    assert names(raised) == ["f", "t", "t2"]
    assert raised[0].fused.legs["intent"].contribution == pytest.approx(raised[0].score - 0.9)


def test_quotas_take_the_last_places_only():
    hits = [candidate(f"t{n}", 1 - n / 10) for n in range(5)] + [candidate("f", 0.1, "figure")]
    assert names(apply_quotas(hits, {"figure": 1}, 3)) == ["t0", "t1", "f"]
    assert names(apply_quotas(hits, {"figure": 2, "text": 3}, 3)) == ["t0", "t1", "t2"]
    assert names(apply_quotas(hits, {"table": 2}, 3)) == ["t0", "t1", "t2"]


def test_near_duplicates_fold_and_neighbours_do_not():
    words = "the writer is stopped before a snapshot is chosen and started again when the restore has finished today"
    hits = [candidate("v2", 0.9), candidate("v1", 0.8), candidate("x", 0.7), candidate("empty", 0.6)]
    texts = {"v2": words, "v1": words.replace("today", "now"), "x": "another matter altogether", "empty": ""}
    folded = fold_near_duplicates(hits, texts, 10)
    assert names(folded) == ["v2", "x", "empty"]
    assert names(folded[0].siblings) == ["v1"]


def test_two_pictures_with_the_same_words_stay_two():
    hits = [candidate("one", 0.9, "figure", image_id="1"), candidate("two", 0.8, "figure", image_id="2")]
    assert names(fold_near_duplicates(hits, {"one": "same words here", "two": "same words here"}, 10)) == ["one", "two"]


def test_short_texts_fold_only_when_equal():
    hits = [candidate("a", 0.9), candidate("b", 0.8)]
    assert len(fold_near_duplicates(hits, {"a": "port 80", "b": "port 81"}, 10)) == 2
    assert len(fold_near_duplicates(hits, {"a": "port 80", "b": "Port  80"}, 10)) == 1
