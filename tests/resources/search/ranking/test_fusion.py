import pytest

from codices.resources.search.ranking.fusion import Ranking, fuse, ranks

A, B, C, D = 1, 2, 3, 4
X, Y = 5, 6

BM25 = Ranking("bm25", [A, B, C], [9.0, 6.0, 3.0])
DENSE = Ranking("text_vector", [C, A, D], [0.8, 0.5, 0.2], floor=None)


def test_rrf_is_the_published_formula_with_weights():
    fused = fuse([BM25, DENSE], {"bm25": 2, "text_vector": 1}, kind="rrf", k=60)
    assert {hit.key: pytest.approx(hit.score) for hit in fused} == {
        A: 2 / 3 / 61 + 1 / 3 / 62,
        B: 2 / 3 / 62,
        C: 2 / 3 / 63 + 1 / 3 / 61,
        D: 1 / 3 / 63,
    }
    assert [hit.key for hit in fused] == [A, C, B, D]


def test_convex_scores_run_from_the_floor_to_the_best_hit():
    fused = {hit.key: hit for hit in fuse([BM25, DENSE], {"bm25": 1, "text_vector": 1}, kind="convex", depth=3)}
    assert fused[A].legs["bm25"].contribution == pytest.approx(0.5)
    assert fused[B].score == pytest.approx(0.5 * 6 / 9)  # BM25's floor is 0
    assert fused[C].legs["text_vector"].contribution == pytest.approx(0.5)
    assert fused[D].score == 0.0  # a cosine's floor is the last hit of a full list


def test_a_short_list_of_cosines_is_no_noise():
    fused = {hit.key: hit for hit in fuse([DENSE], {"text_vector": 1}, kind="convex", depth=100)}
    assert fused[D].score == pytest.approx(0.2 / 0.8)


def test_contributions_add_up_and_name_rank_and_score():
    for kind in ("rrf", "convex"):
        for hit in fuse([BM25, DENSE], {"bm25": 0.3, "text_vector": 0.7}, kind=kind):
            assert sum(leg.contribution for leg in hit.legs.values()) == pytest.approx(hit.score)
    best = fuse([BM25, DENSE], {"bm25": 1, "text_vector": 1}, kind="rrf")[0]
    assert (best.legs["bm25"].rank, best.legs["text_vector"].rank) == (1, 2)
    assert best.legs["bm25"].score == 9.0


def test_a_leg_without_weight_adds_neither_score_nor_hits():
    fused = fuse([BM25, DENSE], {"bm25": 1, "text_vector": 0}, kind="convex")
    assert [hit.key for hit in fused] == [A, B, C]
    assert all("text_vector" not in hit.legs for hit in fused)


def test_ties_do_not_depend_on_the_order_of_legs_or_hits():
    one = Ranking("bm25", [Y, X], [1.0, 1.0])
    other = Ranking("identifiers", [X, Y], [1.0, 1.0])
    weights = {"bm25": 1, "identifiers": 1}
    for legs in ([one, other], [other, one]):
        for kind in ("rrf", "convex"):
            assert [hit.key for hit in fuse(legs, weights, kind=kind)] == [X, Y]


def test_equal_scores_share_a_rank():
    assert ranks([3.0, 2.0, 2.0, 1.0]) == [1, 2, 2, 4]


def test_a_single_hit_counts_fully_and_empty_legs_do_not_break():
    only = Ranking("bm25", [A], [2.5])
    assert fuse([only, Ranking("identifiers", [], [])], {"bm25": 1, "identifiers": 1}, kind="convex")[0].score == 0.5
    assert fuse([Ranking("bm25", [], [])], {"bm25": 1}, kind="rrf") == []
