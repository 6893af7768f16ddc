"""A format of another package, as docs/extend.md declares it: installed beside Codices, indexed by the command."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

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


def test_a_format_of_another_package_is_read_by_the_workers_and_again_with_its_next_version(
    package: Path, tmp_path: Path
):
    corpus, home = tmp_path / "corpus", tmp_path / "home"
    corpus.mkdir()
    (corpus / "references.bib").write_text(BIBLIOGRAPHY)
    (corpus / "notes.md").write_text("# Notes\n\nNothing about clocks.\n")
    done = codices("index", corpus, "--home", home, "--shards", "1", "--json", PYTHONPATH=str(package))
    assert done.status == 0, done.err
    searched = codices("search", "Ordering of Events", "--home", home, "--json", PYTHONPATH=str(package))
    found = searched.json["hits"][0]
    assert (found["path"], found["heading_path"]) == ("references.bib", ["lamport1978"])
    assert "Leslie Lamport" in found["text"]
    assert "{" not in found["text"]

    def to_be_read(path: str) -> int:
        return codices("plan", "--home", home, "--json", PYTHONPATH=path).json["compute"]["extraction"]

    assert to_be_read(str(package)) == 0
    installed(package, {"bibtex": "bibtex_documents:BIBTEX"}, version="1.1")
    assert to_be_read(str(package)) == 1
    assert to_be_read("") == 1, "without the package it is another text"


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
