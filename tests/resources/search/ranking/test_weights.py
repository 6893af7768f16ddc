from codices.resources.search.query.router import analyse_query
from codices.resources.search.ranking.weights import EMBEDDED_DEFAULT, base_plan, plan_for
from codices.resources.settings.search_options import SearchOptions

LEARNT = {
    "adopted": True,
    "profile": "embedded",
    "fusion": "rrf",
    "k": 10,
    "weights": {"bm25": 0.8, "text_vector": 0.2},
}


def test_settings_go_before_the_calibration_and_that_before_the_default():
    assert base_plan(SearchOptions(), "embedded", None) == EMBEDDED_DEFAULT
    learnt = base_plan(SearchOptions(), "embedded", LEARNT)
    assert (learnt.kind, learnt.k, learnt.weights["bm25"]) == ("rrf", 10, 0.8)
    told = base_plan(SearchOptions(fusion="convex", weights={"bm25": 0.1}), "embedded", LEARNT)
    default = EMBEDDED_DEFAULT.weights["text_vector"]
    assert (told.kind, told.weights["bm25"], told.weights["text_vector"]) == ("convex", 0.1, default)


def test_rank_fusion_is_what_runs_unless_somebody_or_a_calibration_says_otherwise():
    for profile in ("embedded", "clip"):
        assert base_plan(SearchOptions(), profile, None).kind == "rrf"
    assert base_plan(SearchOptions(), "embedded", {**LEARNT, "fusion": "convex"}).kind == "convex"
    asked = base_plan(SearchOptions(fusion="rrf"), "embedded", {**LEARNT, "fusion": "convex"})
    assert asked == EMBEDDED_DEFAULT, "weights of a convex combination are no weights of ranks"


def test_a_calibration_that_was_not_adopted_or_is_of_another_profile_changes_nothing():
    assert base_plan(SearchOptions(), "embedded", {**LEARNT, "adopted": False}) == EMBEDDED_DEFAULT
    assert base_plan(SearchOptions(), "embedded", {**LEARNT, "profile": "clip"}) == EMBEDDED_DEFAULT


def test_the_embedded_image_tower_has_no_say_and_a_real_one_has_a_little():
    assert EMBEDDED_DEFAULT.weights["image_vector"] == 0
    assert 0 < base_plan(SearchOptions(), "siglip", None).weights["image_vector"] < 0.25


def test_identifiers_take_the_dense_legs_down_and_switch_exact_matches_on():
    plain = plan_for(EMBEDDED_DEFAULT, analyse_query("how are backups restored"))
    assert plain.weights["identifiers"] == plain.weights["phrases"] == 0
    only = plan_for(EMBEDDED_DEFAULT, analyse_query("ERR_SSL_VERSION"))
    mixed = plan_for(EMBEDDED_DEFAULT, analyse_query("ERR_SSL_VERSION while renewing the certificate of the proxy"))
    assert only.weights["text_vector"] < mixed.weights["text_vector"] < plain.weights["text_vector"]
    assert only.weights["identifiers"] == mixed.weights["identifiers"] == EMBEDDED_DEFAULT.weights["identifiers"]
    assert plan_for(EMBEDDED_DEFAULT, analyse_query('"word order"')).weights["phrases"] > 0


def test_keywords_lean_on_words_and_sentences_on_meaning():
    keywords = plan_for(EMBEDDED_DEFAULT, analyse_query("kubernetes ingress diagram")).weights
    title = plan_for(EMBEDDED_DEFAULT, analyse_query("architecture of kubernetes ingress controllers")).weights
    sentence = plan_for(EMBEDDED_DEFAULT, analyse_query("how is it that traffic gets into my cluster")).weights
    assert keywords["bm25"] > title["bm25"] > sentence["bm25"]
    assert sentence["text_vector"] > sentence["bm25"]
    for weights in (keywords, title, sentence):
        assert weights["bm25"] + weights["text_vector"] == 1
    german = plan_for(EMBEDDED_DEFAULT, analyse_query("wie kommen die Anfragen in den Cluster", "German")).weights
    assert german["text_vector"] > german["bm25"]


def test_weights_given_by_hand_and_languages_that_are_not_known_stay_as_they_are():
    given = base_plan(SearchOptions(weights={"bm25": 0.6, "text_vector": 0.4}), "embedded", None)
    assert plan_for(given, analyse_query("kubernetes ingress diagram")).weights["bm25"] == 0.6
    finnish = analyse_query("kuormantasaajan asetukset", "Finnish")
    assert plan_for(EMBEDDED_DEFAULT, finnish).weights["bm25"] == EMBEDDED_DEFAULT.weights["bm25"]
