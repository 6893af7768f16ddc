"""`codices doctor` finds what a run would lack, and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import codices_here


def _found(told: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {each["check"]: each for each in told}


def test_a_machine_that_runs_the_tests_is_well(tmp_path: Path):
    told = codices_here("doctor", "--json", cwd=tmp_path)
    found = _found(told.json)
    assert told.status == 0, told.json
    assert {"Python", "libraries", "tesseract", "pandoc", "LibreOffice", "GPU", "models", "disk", "home"} <= set(found)
    assert found["telemetry"]["told"] == "off"
    assert "lancedb" in found["libraries"]["told"]
    assert not (tmp_path / ".codices").exists(), "it changes nothing"


def test_what_is_missing_fails_with_the_command_that_mends_it(tmp_path: Path):
    (tmp_path / ".codices/dagster").mkdir(parents=True)
    (tmp_path / ".codices/dagster/dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    (tmp_path / ".codices/home.json").write_text("{")
    wrong = {
        "CODICES_OCR__LANGUAGES": '["eng", "xyz_sim"]',
        "CODICES_ENCODERS__TEXT_MODEL": "local-dir:nowhere",
        "CODICES_COLOUR": "red",
    }
    told = codices_here("doctor", "--json", cwd=tmp_path, **wrong)
    found = _found(told.json)
    assert told.status == 1
    assert found["tesseract"]["status"] == "fail"
    assert found["tesseract"]["mend"] == "apt-get install tesseract-ocr-xyz-sim"
    assert found["models"]["status"] == "fail"
    assert "nowhere" in found["models"]["told"]
    assert found["home"]["status"] == "fail"
    assert found["telemetry"]["status"] == "warn"
    assert found["settings"]["mend"] == "unset CODICES_COLOUR"
    printed = codices_here("doctor", cwd=tmp_path, **wrong).out
    assert "fail  tesseract" in printed
    assert "mend: apt-get install tesseract-ocr-xyz-sim" in printed


@pytest.mark.parametrize(("command", "status"), [("index", 1), ("plan", 0)])
def test_a_missing_language_is_told_before_any_work(tmp_path: Path, command: str, status: int):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("words")
    told = codices_here(command, "docs", cwd=tmp_path, CODICES_OCR__LANGUAGES='["xyz"]')
    assert told.status == status
    assert "apt-get install tesseract-ocr-xyz" in told.err
    assert not (tmp_path / ".codices").exists()
