import math

import numpy as np
import pyarrow as pa
import pytest

from codices.resources.search.evaluation.metrics import interval, measured, paired_change, per_query
from codices.resources.search.evaluation.retrieve import RANKED
from codices.resources.search.query.queries import QueryRow


def ranked(**queries: list[tuple[str, str]]) -> pa.Table:
    rows = [
        {
            "query_id": query,
            "rank": rank,
            "id": name,
            "score": 0.5,
            "element_id": name,
            "modality": modality,
            "legs": [],
        }
        for query, hits in queries.items()
        for rank, (name, modality) in enumerate(hits, 1)
    ]
    return pa.Table.from_pylist(rows, schema=RANKED)


RUN = ranked(q1=[("b", "text"), ("a", "figure"), ("c", "text")], q2=[("x", "text")])
JUDGED = {"q1": {"a": 2, "c": 1, "zz": 0}, "q2": {"y": 1}, "q3": {"y": 1}, "nothing-relevant": {"a": 0}}
QUERIES = [QueryRow("q1", "one", "figure"), QueryRow("q2", "two", "text"), QueryRow("q3", "three", "text")]


def test_values_are_trec_evals_and_missing_queries_count_as_nothing():
    values = per_query(RUN, JUDGED)
    ideal = 2 + 1 / math.log2(3)
    assert values["nDCG@10"]["q1"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(4)) / ideal)
    assert values["RR"] == {"q1": 0.5, "q2": 0.0, "q3": 0.0}
    assert values["R@10"]["q1"] == 1.0
    assert set(values["nDCG@10"]) == {"q1", "q2", "q3"}


def test_what_a_release_stores():
    found = measured(RUN, QUERIES, JUDGED)
    assert found["judged"] == 3
    assert found["by_type"]["text"] == {"n": 2, "nDCG@10": 0.0, "R@10": 0.0, "R@100": 0.0, "RR": 0.0}
    assert found["by_modality"]["figure"]["n"] == 1
    assert found["modality_share"] == {"figure": 0.25, "text": 0.75}
    assert found["change"] is None


def test_the_change_is_paired_over_shared_queries():
    before = {"nDCG@10": {"q1": 0.1, "q2": 0.0, "gone": 1.0}}
    change = measured(RUN, QUERIES, JUDGED, last=before)["change"]["nDCG@10"]
    assert change["n"] == 2
    assert change["mean"] > 0
    assert paired_change({"q": 1.0}, {"other": 0.0}) is None


def test_intervals_cover_the_mean_and_repeat():
    differences = np.array([0.1, 0.2, -0.05, 0.15, 0.1, 0.05, 0.12, 0.2])
    found = interval(differences)
    assert found["low"] < found["mean"] < found["high"]
    assert found == interval(differences)
    assert interval(np.zeros(10)) == {"mean": 0.0, "low": 0.0, "high": 0.0, "n": 10}


def test_an_empty_run_is_measured_as_zero():
    assert measured(RANKED.empty_table(), QUERIES, JUDGED)["all"]["nDCG@10"] == 0.0
