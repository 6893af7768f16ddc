"""A format of another package, as docs/extend.md declares it: installed beside Codices, indexed by the command."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from codices.resources.extraction import versions
from codices.resources.extraction.registry import registered
from codices.resources.extraction.registry.registered import GROUP
from tests.conftest import ROOT, codices

_BLOCK = re.compile(r'^```\w+ title="(?P<name>[^"]+)"\n(?P<text>.*?)^```', re.DOTALL | re.MULTILINE)
BIBLIOGRAPHY = """@article{lamport1978,
  author = {Leslie Lamport},
  title = {Time, Clocks and the Ordering of Events},
}

@book{knuth1973,
  title = {Sorting and Searching},
}
"""


def installed(folder: Path, entry_points: dict[str, str], version: str = "1.0") -> Path:
    """What an installer leaves in `folder` of a package `bibtex-documents`."""
    for old in folder.glob("*.dist-info/*"):
        old.unlink()
    information = folder / "bibtex_documents.dist-info"
    information.mkdir(parents=True, exist_ok=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bibtex-documents\nVersion: {version}\n")
    lines = [f"{name} = {place}\n" for name, place in entry_points.items()]
    (information / "entry_points.txt").write_text(f"[{GROUP}]\n" + "".join(lines))
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package of the page."""
    page = {found["name"]: found["text"] for found in _BLOCK.finditer((ROOT / "docs/extend.md").read_text("utf-8"))}
    folder = installed(
        tmp_path / "site", tomllib.loads(page["pyproject.toml"])["project"]["entry-points"]["codices.formats"]
    )
    (folder / "bibtex_documents.py").write_text(page["bibtex_documents.py"])
    return folder


def test_a_format_of_another_package_is_read_in_the_workers(package: Path, tmp_path: Path):
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY)
    told = codices("extract", "references.bib", "--json", cwd=tmp_path, PYTHONPATH=str(package))
    assert told.status == 0, told.err
    headings = [block["text"] for block in told.json["blocks"] if block["kind"] == "title"]
    assert headings == ["lamport1978", "knuth1973"]
    [clocks, sorting] = [block for block in told.json["blocks"] if block["kind"] == "text"]
    assert clocks["heading_path"] == ["lamport1978"]
    assert "author = Leslie Lamport" in clocks["text"]
    assert "Sorting and Searching" in sorting["text"]


def test_its_next_version_makes_stale_what_it_reads_and_nothing_else(package: Path, monkeypatch: pytest.MonkeyPatch):
    def versions_now() -> dict[str, str]:
        for each in (registered.formats, registered.by_suffix, registered._of_others, versions.libraries):
            each.cache_clear()
        versions.versions.cache_clear()
        return {suffix: versions.versions(suffix) for suffix in (".bib", ".md", ".pdf")}

    before = versions_now()
    monkeypatch.syspath_prepend(package)
    with_it = versions_now()
    installed(package, {"bibtex": "bibtex_documents:BIBTEX"}, version="1.1")
    newer = versions_now()
    monkeypatch.undo()
    assert with_it[".bib"] == "bibtex-documents=1.0"
    assert newer[".bib"] == "bibtex-documents=1.1"
    assert before == versions_now()
    for suffix in (".md", ".pdf"):
        assert before[suffix] == with_it[suffix] == newer[suffix]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({"bibtex": "no_such_module:BIBTEX"}, "the format 'bibtex' of bibtex-documents cannot be loaded"),
        ({"one": "bibtex_documents:BIBTEX", "two": "bibtex_documents:AGAIN"}, "text/x-bibtex is registered by"),
        ({"bibtex": "bibtex_documents:read_bibtex"}, "cannot be loaded"),
    ],
)
def test_a_format_that_cannot_be_registered_is_named_in_one_line(
    package: Path, tmp_path: Path, places: dict[str, str], said: str
):
    with (package / "bibtex_documents.py").open("a") as module:
        module.write("\nAGAIN = BIBTEX\n")
    installed(package, places)
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY)
    told = codices("extract", "references.bib", cwd=tmp_path, PYTHONPATH=str(package))
    assert told.status == 1
    assert said in told.err
    assert len(told.err.splitlines()) == 1
