from __future__ import annotations

import pytest

from benchmarks.extraction.score import code_lines, false_tables_per_100, relations, relations_f1, score

GRID = [["Site", "Load", None], ["", "plan", "actual"], ["Alder", "1", "2"]]
TABLE = {"page": 1, "bbox": [0.1, 0.1, 0.9, 0.5], "cells": GRID}
TRUTH = {"pages": 2, "text": "One two three.", "tables": [TABLE], "figures": [{"page": 2, "bbox": [0, 0, 0.5, 0.5]}]}


def test_the_truth_itself_scores_one_everywhere():
    found = score(TRUTH, TRUTH)
    assert {name: value for name, value in found.items() if value != 1} == {"false_tables": 0}


def test_nothing_found_scores_zero():
    found = score(TRUTH, {})
    assert {found[name] for name in ("text", "words", "cells", "detection", "figures", "relations_r")} == {0}


def test_the_nearest_version_of_the_text_counts():
    truth = {"text": "axis labels and prose", "texts": ["axis labels and prose", "and prose"]}
    assert score(truth, {"text": "and  prose"})["text"] == 1


def test_cells_count_at_their_place_but_a_whole_table_may_be_shifted():
    shifted = {**TABLE, "cells": [["A title", "", ""], *GRID]}
    assert score(TRUTH, {"tables": [shifted]})["cells"] == pytest.approx(2 * 7 / (7 + 8))
    swapped = {**TABLE, "cells": [["Site", "Load", None], ["", "plan", "actual"], ["Alder", "2", "1"]]}
    assert score(TRUTH, {"tables": [swapped]})["cells"] == pytest.approx(2 * 5 / (7 + 7))


def test_text_at_a_place_that_a_span_covers_is_neither_right_nor_wrong():
    repeated = {**TABLE, "cells": [["Site", "Load", "Load"], *GRID[1:]]}
    assert score(TRUTH, {"tables": [repeated]})["cells"] == 1


def test_boxes_are_found_from_half_of_their_union_on():
    lower = {**TABLE, "bbox": [0.1, 0.3, 0.9, 0.7]}
    assert score(TRUTH, {"tables": [lower]})["detection"] == 0
    near = {**TABLE, "bbox": [0.1, 0.2, 0.9, 0.5]}
    assert score(TRUTH, {"tables": [near]})["detection"] == 1


def test_a_table_over_pages_may_be_found_in_parts_or_whole():
    whole = [["n", "m"], ["1", "2"], ["3", "4"]]
    parts = [
        {"page": 1, "bbox": [0, 0.5, 1, 1], "cells": whole[:2], "flow": 1, "whole": whole},
        {"page": 2, "bbox": [0, 0, 1, 0.5], "cells": [whole[0], whole[2]], "flow": 1, "whole": whole},
    ]
    truth = {"pages": 2, "text": None, "tables": parts, "figures": None}
    joined = {"page": 1, "bbox": [0, 0.5, 1, 1], "cells": whole}
    for found in ([joined], parts):
        scores = score(truth, {"tables": found})
        assert (scores["cells"], scores["detection"], scores["relations_r"]) == (1, 1, 1)
    lost = score(truth, {"tables": parts[1:]})
    assert lost["detection"] == pytest.approx(2 / 3)
    assert lost["cells"] == pytest.approx(2 * 4 / (4 + 8))


def test_relations_skip_empty_cells_and_take_a_span_once():
    assert relations(GRID) == {
        ("site", "load", "right"): 1,
        ("site", "alder", "below"): 1,
        ("load", "plan", "below"): 1,
        ("load", "actual", "below"): 1,
        ("plan", "actual", "right"): 1,
        ("plan", "1", "below"): 1,
        ("actual", "2", "below"): 1,
        ("alder", "1", "right"): 1,
        ("1", "2", "right"): 1,
    }


def test_tables_on_pages_without_one_are_counted_per_hundred_pages():
    false = {"page": 2, "bbox": [0, 0, 1, 1], "cells": [["a", "b"]]}
    one = score(TRUTH, {"tables": [TABLE, false]})
    assert false_tables_per_100([one, score(TRUTH, TRUTH)]) == 50


def test_the_competitions_mean_is_of_mean_recall_and_mean_precision():
    scored = [{"relations_r": 1.0, "relations_p": 0.5}, {"relations_r": 0.0, "relations_p": 0.5}]
    assert relations_f1(scored) == 0.5


def test_code_keeps_its_lines_and_indentation():
    right = ["def f():\n    return 1\n"]
    assert code_lines(right, ["  def f():\n      return 1"]) == 1
    assert code_lines(right, ["def f():\nreturn 1"]) == 0.5
    assert code_lines(right, ["def f(): return 1"]) == 0
