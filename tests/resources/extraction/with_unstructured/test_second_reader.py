"""unstructured's readers: chosen for a media type, and as the second where ours fail. Nothing is fetched for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codices.resources.extraction import versions
from codices.resources.extraction.registry import registered
from codices.resources.extraction.registry.registered import GROUP
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.files import parsed, written

CHOSEN = ExtractionOptions(
    engines={"text/org": "unstructured", "text/plain": "unstructured", "image/png": "unstructured"}
)
ORG = """* Pumps

Two pumps share the load. They run in turn.

- impeller
- seal

| pump | bar |
|------+-----|
| P-1  | 4   |
"""
CONNECTIONS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def nothing_is_fetched() -> Iterator[None]:
    sys.addaudithook(
        lambda event, _: CONNECTIONS.append(event) if event in ("socket.connect", "urllib.Request") else None
    )
    yield
    assert CONNECTIONS == []


def test_a_setting_chooses_it_for_a_media_type(tmp_path: Path):
    found = parsed(written(tmp_path, "pumps.org", ORG), options=CHOSEN)
    assert [(block.kind, block.text, block.heading_path) for block in found.blocks] == [
        ("title", "Pumps", ()),
        ("text", "Two pumps share the load. They run in turn.", ("Pumps",)),
        ("list_item", "impeller", ("Pumps",)),
        ("list_item", "seal", ("Pumps",)),
    ]
    assert [table.cells for table in found.tables] == [[["pump", "bar"], ["P-1", "4"]]]
    assert found.warnings == []


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("blank.txt", " \n\n \n", "no_content"), ("a.png", "\x89PNG", "unsupported")],
)
def test_no_elements_and_no_reader_are_failures(tmp_path: Path, name: str, content: str, kind: str):
    data = b"\x89PNG\r\n\x1a\n" if name.endswith("png") else content
    with pytest.raises(ExtractionError) as raised:
        parsed(written(tmp_path, name, data), options=CHOSEN)
    assert raised.value.kind == kind


@pytest.fixture
def failing_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package whose reader of Org fails: where the text says so as "corrupt", else with an error of its own."""
    site = tmp_path / "site"
    information = site / "org_reader.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: org-reader\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[{GROUP}]\norg = org_reader:FORMAT\n")
    (site / "org_reader.py").write_text(
        "from codices.resources.extraction.common.format import Format\n"
        "from codices.resources.foundation.failures import ExtractionError\n"
        'FORMAT = Format("text/org", "an Org text", "org_reader:read", suffixes=(".org",), named="text")\n'
        "def read(data_path, path, options, read_link):\n"
        '    if "corrupt" in data_path.read_text():\n'
        '        raise ExtractionError("corrupt", "the outline is broken")\n'
        '    if "locked" in data_path.read_text():\n'
        '        raise ExtractionError("encrypted", "it is locked")\n'
        '    raise ZeroDivisionError("a fault")\n'
    )
    monkeypatch.syspath_prepend(site)
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    for each in (registered.formats, registered.by_suffix, registered.named, registered.signatures):
        each.cache_clear()
    registered._of_others.cache_clear()
    versions.versions.cache_clear()
    versions.libraries.cache_clear()


@pytest.mark.usefixtures("failing_reader")
@pytest.mark.parametrize(
    ("text", "reason"),
    [("corrupt", "the outline is broken"), ("fine", "ZeroDivisionError: a fault (org_reader.py:")],
)
def test_what_ours_fails_on_is_read_by_it_and_says_so(tmp_path: Path, text: str, reason: str):
    found = parsed(written(tmp_path, "pumps.org", f"* Pumps\n\nTwo pumps, {text} both.\n"))
    assert [block.text for block in found.blocks] == ["Pumps", f"Two pumps, {text} both."]
    [warning] = found.warnings
    assert warning.kind == "second_reader"
    assert warning.message.startswith("read by unstructured 0.")
    assert reason in warning.message


@pytest.mark.usefixtures("failing_reader")
def test_where_both_fail_the_first_reason_stands(tmp_path: Path):
    with pytest.raises(ExtractionError, match="the outline is broken"):
        parsed(written(tmp_path, "pumps.org", "# corrupt, and else nothing but a comment\n"))
    with pytest.raises(ExtractionError) as raised:
        parsed(written(tmp_path, "pumps.org", "* locked\n\nWords.\n"))
    assert raised.value.kind == "encrypted", "a file that is no fault of a reader has no second one"
