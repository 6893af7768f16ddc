"""What a query asks for is read from its shape."""

from __future__ import annotations

import time

import pytest

from codices.resources.identifiers.identifiers import extract_identifiers, identifier_forms
from codices.resources.search.query.router import analyse_query, lookup_forms


def test_a_query_that_is_an_identifier() -> None:
    for text in ("84ce98d1-e359-4f3b-85af-985b458de3c6", "--dry-run", "PruneSkipped", "awesome-octopus"):
        query = analyse_query(text)
        assert query.identifiers == [text]
        assert query.identifier_share == 1.0
        assert query.words == text


def test_a_query_with_an_identifier_in_it_uses_both_ways() -> None:
    query = analyse_query("why does ERR_SSL_VERSION happen with nginx")
    assert query.identifiers == ["ERR_SSL_VERSION"]
    assert 0 < query.identifier_share < 1
    assert analyse_query("ERR_SSL_VERSION in nginx-ingress").identifiers == ["ERR_SSL_VERSION", "nginx-ingress"]


def test_names_and_hyphenated_words_in_a_sentence_are_just_words() -> None:
    query = analyse_query("how to configure third-party login with GitHub in RabbitMQ")
    assert query.identifiers == []
    assert query.identifier_share == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "“broken pipe”",
        "„broken pipe“",
        "”broken pipe”",
        "«broken pipe»",
        "»broken pipe«",
        "\u2018broken pipe\u2019",
        "\u201abroken pipe\u2018",
        "「broken pipe」",
        "`broken pipe`",
        "say 'broken pipe'",
    ],
)
def test_every_kind_of_quotes(text: str):
    assert analyse_query(text).phrases == ["broken pipe"]


def test_signs_for_inches_and_apostrophes_quote_nothing():
    for text in ('12" rack and 19" rack', "Bob's and Ann's pump", "Bob\u2019s and Ann\u2019s pump"):
        assert analyse_query(text).phrases == []
        assert analyse_query(text).words == text
    assert analyse_query('12" rack "blue pump"').phrases == ["blue pump"]


def test_quoted_phrases_keep_their_order_and_lose_their_quotes() -> None:
    query = analyse_query("how to fix \"connection refused by peer\" or “broken  pipe” in Bob's 'blue pump'")
    assert query.phrases == ["connection refused by peer", "broken pipe", "blue pump"]
    assert query.words == "how to fix connection refused by peer or broken pipe in Bob's blue pump"


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("diagram of the cooling circuit", "English", "figure"),
        ("screenshot login page", "English", "figure"),
        ("bar chart with revenue", "English", "figure"),
        ("graph showing memory", "English", "figure"),
        ("table of error codes", "English", "table"),
        ("comparison table pumps", "English", "table"),
        *(
            (text, "English", "figure")
            for text in (
                "latency chart",
                "charts",
                "org chart",
                "architecture image",
                "topology map",
                "chart of helm releases",
            )
        ),
        *((text, "English", "table") for text in ("timeout table", "table of images to pull")),
        *(
            (text, "English", None)
            for text in (
                "docker image for nginx",
                "container image of alpine",
                "helm charts for nginx",
                "pull the image",
                "chart version",
                "hash table with buckets",
                "routing table for service mesh",
                "database table for users",
                "create a table",
                "graph database",
            )
        ),
        *(
            (text, "German", "figure")
            for text in (
                "Ablaufdiagramm",
                "Balkendiagramm der Kosten",
                "Blockschaltbild",
                "Übersichtsbild der Anlage",
                "Schaltplan als Zeichnung",
                "Schaltplan",
                "Abb. 4",
                "Verlaufsgrafik",
            )
        ),
        *((text, "German", None) for text in ("Grafikkarte Treiber", "Bezeichnung der Anlage", "Routingtabelle")),
        ("Wertetabelle", "German", "table"),
        *(
            (text, "French", "figure")
            for text in ("organigramme", "courbe de latence", "histogramme", "capture d\u2019écran")
        ),
        ("tableau de bord", "French", None),
        *((text, "Spanish", "figure") for text in ("organigrama", "pantallazo", "captura de pantalla")),
        ("tabla de enrutamiento", "Spanish", None),
        ("schermata di login", "Italian", "figure"),
        ("tabella dei limiti", "Italian", "table"),
        ("captura de tela", "Portuguese", "figure"),
        ("netwerkdiagram", "Dutch", "figure"),
        ("Ablaufdiagramm", "English", None),
        ("diagram", "Finnish", "figure"),
        ("Tabelle der Fehlercodes", "German", "table"),
        ("helm chart values", "English", None),
        ("docker image pull policy", "English", None),
        ("routing table overflow", "English", None),
        ("figure out why it fails", "English", None),
        ("graph database", "English", None),
        ("Tabelle", "English", None),
        ("", "English", None),
    ],
)
def test_the_modality_that_a_query_names(text: str, language: str, intent: str | None) -> None:
    assert analyse_query(text, language).intent == intent


@pytest.mark.parametrize("text", ["bin directory", "man page", "die casting", "C++ sin pi"])
def test_words_of_other_languages_do_not_make_a_sentence(text: str):
    assert analyse_query(text).function_share == 0
    assert analyse_query(text, "Finnish").function_share is None


def test_sentences_in_the_index_language_and_in_english_are_seen():
    for text in ("wie wird der Proxy aus dem Pool genommen", "how is the proxy taken out of the pool"):
        share = analyse_query(text, "German").function_share
        assert share is not None
        assert share > 0.35


def test_what_is_looked_up_is_what_was_indexed() -> None:
    indexed = set(identifier_forms(extract_identifiers("run tools/Fetch_all.py with ERR_SSL_VERSION"), from_ocr=True))
    assert set(lookup_forms("ERR_SSL_VERSION")[0]) <= indexed
    assert any(set(tier) <= indexed for tier in lookup_forms("err_ssl_version"))
    assert any(set(tier) & indexed for tier in lookup_forms("Fetch_all.py"))
    assert any(set(tier) & indexed for tier in lookup_forms("ERR_SSL_VERS10N"))  # misread by OCR


@pytest.mark.parametrize(
    ("pasted", "indexed"),
    [
        ("CVE\u20112021\u201144228", "CVE-2021-44228"),
        ("请检查CVE-2021-44228漏洞", "CVE-2021-44228"),
        ("CVE-2021-\n44228", "CVE-2021-44228"),
        ("U\u0308bersicht.pdf", "\u00dcbersicht.pdf"),
        ("\u2013dry-run", "--dry-run"),
        ("DC01.corp.local", "dc01.corp.local"),
        ("[::1]:8080", "listens on [::1]:8080"),
        ("C:\\Program Files\\Acme Corp\\app.exe", "C:\\Program Files\\Acme Corp\\app.exe"),
        ("org/repo#4521", "org/repo#4521"),
        ("Makefile", "see Makefile"),
    ],
)
def test_a_pasted_identifier_is_found_as_it_was_indexed(pasted: str, indexed: str) -> None:
    forms = set(identifier_forms(extract_identifiers(indexed)))
    query = analyse_query(pasted)
    assert len(query.identifiers) == 1
    assert any(not forms.isdisjoint(tier) for tier in lookup_forms(query.identifiers[0])[:2])


def test_words_around_an_identifier_are_counted_whatever_their_characters() -> None:
    plain, odd = analyse_query("upgrade CVE-2021-44228 now"), analyse_query("upgra\u00adde CVE\u20112021-44228 now")
    assert plain.identifier_share == odd.identifier_share == 1 / 3


def test_questions_about_files_that_many_have_are_no_look_ups() -> None:
    assert analyse_query("how to write a Dockerfile and a README").identifiers == []


@pytest.mark.parametrize(
    "text", ["", "   ", "the of and", "x" * 100_000, '"' * 100_000, "‮\x00\ud800 a_b", "'' \"\" ``"]
)
def test_odd_queries_are_answered(text: str) -> None:
    start = time.process_time()
    query = analyse_query(text)
    assert len(query.words) <= 10_000
    assert 0 <= query.identifier_share <= 1
    assert time.process_time() - start < 2
