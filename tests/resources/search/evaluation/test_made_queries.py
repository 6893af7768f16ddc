"""Queries from a corpus's own words, and what they are tried on: the elements without those words."""

from __future__ import annotations

from typing import Any

from codices.resources.search.evaluation.made_queries import PER_TYPE, held_out, make_queries


def row(number: int, **more: Any) -> dict[str, Any]:
    made = {
        "element_id": f"e{number:03d}",
        "doc_id": f"d{number // 2:03d}",
        "modality": "text",
        "caption": "",
        "heading_path": ["Guide", f"Draining member {number // 2}"],
        "text": f"Guide\nDraining member {number // 2}\nThe pool forgets it after {number} checks.",
    }
    return made | more


def test_each_type_has_its_queries_and_what_is_relevant():
    rows = [row(number) for number in range(6)]
    rows.append(row(7, modality="figure", caption="Traffic over one day", text="Traffic over one day\nrequests"))
    rows.append(row(8, text="Set it with --drain-after, else ERR_POOL_4711 is logged."))
    made = make_queries(rows)
    relevant = {query.text: (query.type, set(made.judgements[query.id])) for query in made.queries}
    assert relevant["Traffic over one day"] == ("caption", {"e007"})
    assert relevant["Draining member 1"] == ("heading", {"e002", "e003"})
    assert relevant["ERR_POOL_4711"] == ("identifier", {"e008"})
    assert "Guide" not in relevant, "one word is a label"
    assert held_out(rows[2]["text"], made.without["e002"]) == "Guide\nThe pool forgets it after 2 checks."
    assert "e008" not in made.without or "ERR" in held_out(rows[-1]["text"], made.without["e008"])


def test_ambiguous_words_are_no_queries_and_the_number_is_bounded():
    rows = [row(number, caption="The same caption twice") for number in range(2)]
    rows += [row(number, modality="figure", caption=f"Load of member {number}") for number in range(10, 200)]
    made = make_queries(reversed(rows))
    texts = [query.text for query in made.queries]
    assert "The same caption twice" not in texts
    assert sum(query.type == "caption" for query in made.queries) == PER_TYPE
    assert texts == [query.text for query in make_queries(rows).queries], "whatever the order of rows"
