"""docs/configure.md lists every setting with the default that the code has."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from codices.resources.settings.reference import settings_reference, update_page
from codices.resources.settings.settings import Settings
from tests.conftest import ROOT

PAGE = ROOT / "docs/configure.md"


def test_the_page_is_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == update_page(page), "run: python -m codices.resources.settings.reference"


def test_every_setting_says_what_it_does() -> None:
    rows = [line for line in settings_reference().splitlines() if line.startswith("| `")]
    defaults = [field.default for field in Settings.model_fields.values()]
    keys = sum(len(type(each).model_fields) if isinstance(each, BaseModel) else 1 for each in defaults)
    assert len(rows) == keys
    assert [row for row in rows if row.endswith("|  |")] == []


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        update_page("# nothing here")
