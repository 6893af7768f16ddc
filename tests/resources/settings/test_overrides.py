"""Settings that a command or one run gives, over those of the file and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from codices.resources.settings.settings import load_settings
from codices.resources.settings.settings_error import SettingsError
from codices.resources.stages.order import STAGES


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codices.toml").write_text("[extraction]\nmemory_gib = 2\n")
    monkeypatch.chdir(tmp_path)


def test_to_name_the_home_makes_no_stage_compute_again():
    plain, named = load_settings(), load_settings(home="elsewhere")
    assert [stage.base(plain) for stage in STAGES] == [stage.base(named) for stage in STAGES]


def test_the_rest_of_a_section_stays():
    section = load_settings(extraction={"timeout_seconds": 7}).extraction
    assert (section.timeout_seconds, section.memory_gib) == (7, 2)
    with pytest.raises(SettingsError, match=r"extraction\.timeout is no setting"):
        load_settings(extraction={"timeout": 7})
