"""What a new library or new language data makes stale, and what it leaves alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from codices.resources.extraction import versions as parsers
from codices.resources.extraction.common.media_types import BZIP2, GZIP, TAR, XZ, ZIP
from codices.resources.extraction.registry.registered import formats
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.ocr.engine import engine_digest
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.stages import extractions, readings

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs another version of a library, as far as its metadata tell."""
    monkeypatch.syspath_prepend(tmp_path / "site-packages")

    def installed(library: str, version: str) -> None:
        folder = tmp_path / f"site-packages/{library.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
        parsers.versions.cache_clear()

    yield installed
    parsers.versions.cache_clear()


def test_a_new_library_makes_stale_what_it_reads(install: Install):
    options, paths = ExtractionOptions(), ("a.docx", "a.pdf", "a.md", "a.PDF", "noname", "a.doc")

    def fingerprints() -> list[str]:
        common = extractions.common_fingerprint(options)
        return [extractions.extraction_fingerprint(common, path, "hash") for path in paths]

    before, shown = fingerprints(), extractions.base_fingerprint(options)
    install("python-docx", "99.1")
    stale = {path for path, old, new in zip(paths, before, fingerprints(), strict=True) if old != new}
    assert stale == {"a.docx", "a.doc", "noname"}
    assert extractions.base_fingerprint(options) != shown, "Dagster sees it"


def test_every_format_says_what_reads_it():
    own = {media_type for media_type, each in formats().items() if not each.libraries}
    assert own == {ZIP, TAR, GZIP, BZIP2, XZ}, "Python reads them"


def test_new_language_data_makes_readings_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    folder = Path(said.stdout.split('"')[1])
    for name in ("eng", "osd"):
        shutil.copy(folder / f"{name}.traineddata", tmp_path)
    before = readings.base_fingerprint(OcrOptions())
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    try:
        engine_digest.cache_clear()
        assert readings.base_fingerprint(OcrOptions()) == before, "the same data elsewhere, with another time"
        engine_digest.cache_clear()
        with (tmp_path / "eng.traineddata").open("ab") as data:
            data.write(b"more")
        assert readings.base_fingerprint(OcrOptions()) != before
    finally:
        engine_digest.cache_clear()


def test_a_fingerprint_is_of_the_json_of_its_parts_and_stays_what_it_was():
    """Another hash of the same parts would have every home computed again."""
    assert fingerprint("extractions", 'a "quoted" Grüße.md\n') == "47b24097d84ed434db2143a1a9a30900"
    assert fingerprint("extractions", {"b": 1, "a": None}, ["x"]) == "8c6fa6653c6060b2b7e094d21acd1080"
    assert fingerprint("index_rows", None, "x") == "c9d4db0acbb6a932c237ff7d666a2eb4"
    assert fingerprint("elements", "x", [], []) == "6a3f2e91db6f8fb736cadd82d3dc4584"
