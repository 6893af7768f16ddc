from __future__ import annotations

import random
from dataclasses import replace

from codices.resources.search.evaluation.evidence import gather_evidence, told
from codices.resources.search.evaluation.learning import MIN_QUERIES, Calibration, calibrate, learn
from codices.resources.search.evaluation.leg_lists import LegLists
from codices.resources.search.index import Index, LegRankings
from codices.resources.search.query.queries import QueryRow
from codices.resources.search.query.router import analyse_query
from codices.resources.search.ranking.fusion import Ranking
from codices.resources.search.ranking.grouping import Place
from codices.resources.search.ranking.weights import EMBEDDED_DEFAULT, OTHER_DEFAULT

DEPTH = 20


def lists(number: int, quality: dict[str, float], seed: int = 1) -> list[LegLists]:
    """Queries with one relevant element each; a leg of quality q puts it first with probability q, else by chance."""
    chance = random.Random(seed)
    made = []
    keys = range(60)
    places = {key: Place(f"e{key:02d}", "text", f"e{key:02d}.md") for key in keys}
    for query in range(number):
        relevant = chance.choice(keys)
        rankings = []
        for leg, q in quality.items():
            order = chance.sample(keys, DEPTH)
            if chance.random() < q:
                order = [relevant, *(key for key in order if key != relevant)][:DEPTH]
            rankings.append(Ranking(leg, order, [1 - position / DEPTH for position in range(DEPTH)]))
        analysis = analyse_query(f"words of query {query}")
        made.append(
            LegLists(LegRankings(analysis, rankings, places, DEPTH), "element", {places[relevant].element_id: 1})
        )
    return made


def learned(quality: dict[str, float], number: int = 120, k: int = EMBEDDED_DEFAULT.k) -> Calibration:
    types = ["a" if position % 2 else "b" for position in range(number)]
    return learn(lists(number, quality), types, replace(EMBEDDED_DEFAULT, k=k), source="test")


def test_a_leg_that_is_noise_gets_no_weight_and_the_gain_is_held_out():
    found = learned({"bm25": 0.9, "text_vector": 0.0, "image_vector": 0.0}, k=30)
    assert found.adopted
    assert found.weights["image_vector"] == 0
    assert found.weights["bm25"] > 2 * found.weights["text_vector"]
    assert found.gain["low"] > 0
    assert found.held_out > found.default


def test_a_good_image_leg_is_found():
    found = learned({"bm25": 0.3, "text_vector": 0.3, "image_vector": 0.9})
    assert found.adopted
    assert found.weights["image_vector"] > 0.1


def test_a_default_leg_that_is_noise_goes_and_the_useful_ones_stay():
    made = lists(400, {"bm25": 0.6, "text_vector": 0.6, "image_vector": 0.0})
    loud = replace(OTHER_DEFAULT, weights={**OTHER_DEFAULT.weights, "image_vector": 0.5})
    found = learn(made, ["a"] * 400, loud, source="test", profile="clip")
    assert found.weights["image_vector"] == 0
    assert min(found.weights["bm25"], found.weights["text_vector"]) > 0
    assert found.gain["mean"] >= 0


def test_a_leg_that_one_type_of_query_needs_stays():
    made = [
        *lists(100, {"bm25": 0.6, "text_vector": 0.1, "image_vector": 0.0}, 1),
        *lists(100, {"bm25": 0.0, "text_vector": 0.9, "image_vector": 0.0}, 2),
    ]
    loud = replace(OTHER_DEFAULT, weights={**OTHER_DEFAULT.weights, "image_vector": 0.5})
    found = learn(made, ["words"] * 100 + ["meaning"] * 100, loud, source="test", profile="clip")
    assert found.weights["bm25"] > 0
    assert found.weights["image_vector"] == 0


def test_noise_does_not_move_the_default():
    found = learned({"bm25": 0.5, "text_vector": 0.5, "image_vector": 0.0}, number=40)
    assert not found.adopted
    assert found.weights == EMBEDDED_DEFAULT.weights
    assert found.fusion == EMBEDDED_DEFAULT.kind


def test_the_same_queries_give_the_same_calibration():
    quality = {"bm25": 0.7, "text_vector": 0.4, "image_vector": 0.1}
    assert learned(quality).as_json() == learned(quality).as_json()


def test_a_judged_query_without_words_is_left_out(index: Index):
    queries = [QueryRow(f"q{number}", text) for number, text in enumerate(["backup", "pool", "mail", "limits"] * 5)]
    queries.append(QueryRow("blank", " \u200b "))
    found = calibrate(index, queries, {query.id: {"guide/backup.md": 1} for query in queries})
    assert found is not None
    assert found.queries == 20


def test_queries_without_an_answer_are_named_and_nothing_is_learned_from_them(index: Index):
    texts = ["backup", "pool", "mail", "certificate"] * 6
    queries = [QueryRow(f"q{number}", text) for number, text in enumerate(texts)]
    judged = {query.id: {"guide/backup.md": 1} for query in queries}
    foreign = [QueryRow(f"f{number}", text) for number, text in enumerate(texts)]
    judged |= {query.id: {f"other/{query.id}.md": 1} for query in foreign}
    evidence = gather_evidence(index, [*queries, *foreign], judged, "document")
    assert evidence.not_in_corpus == [query.id for query in foreign]
    assert len(evidence.useful) == len(queries)
    assert "24 have no answer in the corpus (f0, f1, f2, f3, f4 and 19 more)" in (told(evidence.as_json()) or "")
    both, useful = (calibrate(index, asked, judged, level="document") for asked in ([*queries, *foreign], queries))
    assert both is not None
    assert both == useful
    assert calibrate(index, [*foreign, *queries[: MIN_QUERIES - 1]], judged, level="document") is None


def test_judgements_of_another_level_are_told(index: Index):
    queries = [QueryRow("q", "overview of gateway and pools")]
    evidence = gather_evidence(index, queries, {"q": {"guide/pool.png": 1}}, "element")
    assert (evidence.not_in_corpus, evidence.named) == (["q"], "source")
    assert "name hits of level source, not element" in (told(evidence.as_json()) or "")
    assert told(gather_evidence(index, queries, {"q": {"guide/pool.png": 1}}, "source").as_json()) is None


def test_a_default_leg_that_changes_nothing_keeps_its_weight():
    made = lists(60, {"bm25": 1.0, "text_vector": 1.0, "image_vector": 0.0})
    silent = [each for each in made if not each.score(EMBEDDED_DEFAULT)]
    assert not silent
    found = learn(made, ["a"] * 60, EMBEDDED_DEFAULT, source="test")
    assert not found.adopted
    assert found.weights == EMBEDDED_DEFAULT.weights
