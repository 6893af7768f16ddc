"""What a reader sees marked in a hit."""

from __future__ import annotations

import re
import time

import pytest

from codices.resources.search.query.highlighting import highlighted


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("These theories: the load balancer", "how is the load balancer set up", ["load", "balancer"]),
        ("Load balancing by theory", "theories that balance loads", ["Load", "balancing", "theory"]),
        ("Le schéma de l'été", "schema ete", ["schéma", "été"]),
        ("Go is quick", "go", ["Go"]),
        ("to be or not", "to be", ["to", "be"]),
        ("set ERR_TLS_VERSION with --tls-min", "err_tls_version --tls-min", ["ERR_TLS_VERSION", "tls-min"]),
        ("証明書の更新方法", "証明書", ["証明書"]),
        ("a <b>pump</b> & more", "pump <script>", ["pump"]),
        ("stopped, runs", "stop running", ["stopped", "runs"]),
        ("nothing in common", "zebra", []),
        ("", "zebra", []),
        ("no words", "", []),
    ],
)
def test_whole_content_words_are_marked_in_any_form(text: str, query: str, marked: list[str]):
    page = highlighted(text, query)
    assert re.findall("<mark>(.*?)</mark>", page) == marked
    assert re.sub("</?mark>", "", page) == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(
        "'", "&#x27;"
    )


def test_the_cut_is_where_most_words_of_the_query_are():
    text = "The pump is old. " + "Nothing here. " * 100 + "Seal the pump with a gasket. " + "Nothing here. " * 100
    page = highlighted(text, "the gasket of the pump")
    assert "<mark>pump</mark> with a <mark>gasket</mark>" in page
    assert page.startswith("…")
    assert page.endswith("…")
    assert len(re.sub("</?mark>", "", page)) <= 340


def test_long_texts_and_queries_are_marked_quickly():
    start = time.process_time()
    highlighted("pump seal gasket " * 20_000, "pump seal gasket " * 5_000)
    highlighted("x" * 200_000, "x" * 100_000)
    assert time.process_time() - start < 5
