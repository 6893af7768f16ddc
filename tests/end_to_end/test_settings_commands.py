"""`codices init`, `codices config`, and what is said of a setting that there is not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from codices.resources.settings.settings import Settings
from codices.resources.settings.settings_keys import keys
from tests.conftest import codices_here


def test_init_writes_every_setting_and_changes_none(tmp_path: Path):
    assert codices_here("init", "docs", cwd=tmp_path).status == 0
    text = (tmp_path / "codices.toml").read_text()
    assert tomllib.loads(text) == {"corpus": "docs", **{name: {} for name in tomllib.loads(text) if name != "corpus"}}
    all_set = re.sub(r"^# (\w+ = .+)$", r"\1", text, flags=re.M)
    given = tomllib.loads(all_set)
    assert Settings(**given) == Settings(corpus="docs", shards=Settings().shards)
    for key in keys(Settings):
        assert re.search(rf"^(# )?{key.rpartition('.')[2]} =", text, flags=re.M), key
    again = codices_here("init", cwd=tmp_path)
    assert again.status == 2
    assert "is there already" in again.err
    assert (tmp_path / "codices.toml").read_text() == text


def test_config_tells_where_every_value_comes_from(tmp_path: Path):
    (tmp_path / "codices.toml").write_text('[ocr]\nlanguages = ["eng", "deu"]\nmin_confidence = 40\n')
    environment = {"CODICES_OCR__MIN_CONFIDENCE": "60", "CODICES_SAFETY": '{"always_hash": true}'}
    told = codices_here("config", "--home", "h", "--json", cwd=tmp_path, **environment).json
    found = {each["key"]: (each["value"], each["source"]) for each in told["settings"]}
    assert set(found) == set(keys(Settings))
    assert found["ocr.languages"] == (["eng", "deu"], "file")
    assert found["ocr.min_confidence"] == (60, "environment")
    assert found["safety.always_hash"] == (True, "environment")
    assert found["safety.max_failed_share"] == (0.95, "default")
    assert found["home"] == ("h", "option")
    printed = codices_here("config", cwd=tmp_path).out
    assert re.search(r'^file +ocr.languages +\= \["eng", "deu"\]$', printed, flags=re.M)


def test_a_misspelt_key_names_the_right_one(tmp_path: Path):
    for written, meant in {
        "[ocr]\nlangauges = []": "ocr.languages",
        "langauges = []": "ocr.languages",
        "shard = 3": "shards",
        "[orc]\nenabled = true": "ocr",
    }.items():
        (tmp_path / "codices.toml").write_text(written)
        told = codices_here("config", cwd=tmp_path)
        assert told.status == 2
        assert f"did you mean {meant}?" in told.err


def test_a_variable_that_is_no_setting_is_a_warning(tmp_path: Path):
    told = codices_here("config", cwd=tmp_path, CODICES_OCR__LANGAUGES="[]", CODICES_ZZZ="1", CODICES_OCR__ENABLED="no")
    assert told.status == 0
    assert "CODICES_OCR__LANGAUGES is no setting; did you mean CODICES_OCR__LANGUAGES?" in told.err
    assert "CODICES_ZZZ is no setting\n" in told.err
    assert "CODICES_OCR__ENABLED" not in told.err
    weights = codices_here("config", "--json", cwd=tmp_path, CODICES_SEARCH__WEIGHTS__BM25="2")
    assert weights.err == ""
    found = {each["key"]: each for each in weights.json["settings"]}
    assert found["search.weights"]["source"] == "environment"
