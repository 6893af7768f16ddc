"""What one document may take of memory, however much it repeats: pictures shared by pages, megabytes in a heading."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.rows import pack
from codices.resources.extraction.run import extract_documents
from codices.resources.foundation.failures import Failure
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.hostile.honest_files import honest_files, zipped

PAGES = 96
LONG = "Pump " * 200_000  # a megabyte
FORMATS = (
    "note.md",
    "note.html",
    "rows.csv",
    "note.ipynb",
    "letter.eml",
    "report.docx",
    "slides.pptx",
    "sheet.xlsx",
    "report.odt",
    "book.epub",
)


def extracted(folder: Path, *names: str, options: ExtractionOptions | None = None) -> dict[str, Extraction | Failure]:
    found = extract_documents(Corpus(str(folder)), [(name, None) for name in names], options or ExtractionOptions())
    return dict(found)


def test_a_picture_that_many_pages_show_is_not_held_for_each(tmp_path: Path):
    noise = Image.effect_noise((400, 300), 90).convert("RGB")
    canvas = Canvas(str(tmp_path / "shared.pdf"))
    for page in range(PAGES):
        canvas.drawString(72, 760, f"Page {page} shows the same photograph as all of the others.")
        canvas.drawImage(ImageReader(noise), 72, 300, 400, 300)
        canvas.showPage()
    canvas.save()
    found = extracted(tmp_path, "shared.pdf")["shared.pdf"]
    assert isinstance(found, Extraction)
    assert len(found.pages) == PAGES
    assert len(found.pictures) <= 1, "what stands at one place of all pages is furniture"
    table, note = pack(found)
    assert table.nbytes < sum(len(picture.data) for picture in found.pictures.values()) + 2 * note["bytes"]


def lengthened(data: bytes) -> bytes:
    """The file with a megabyte wherever its title, heading, caption or column is named Pump or Part."""
    if not data.startswith(b"PK"):
        return data.replace(b"Pump", LONG.encode(), 1).replace(b"Part", LONG.encode(), 1)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for word in (b">Pump<", b">Part<"):
        parts = {name: part.replace(word, f">{LONG}<".encode(), 1) for name, part in parts.items()}
    return zipped(parts)


def test_a_megabyte_where_it_would_be_repeated_is_kept_once_in_every_format(tmp_path: Path):
    for name in FORMATS:
        (tmp_path / name).write_bytes(lengthened(honest_files()[name]))
    for name, found in extracted(tmp_path, *FORMATS).items():
        assert isinstance(found, Extraction), (name, found)
        _, note = pack(found)
        assert note["bytes"] < 4 * len(LONG), name
        texts = [block.text for block in found.blocks]
        texts += [cell for table in found.tables for row in table.cells for cell in row if cell]
        kept = sum(text.count("Pump") for text in texts)
        assert kept >= 200_000, (name, kept)


def test_a_result_over_its_limit_is_a_failure_that_names_the_setting(tmp_path: Path):
    (tmp_path / "large.txt").write_text("The pump needs 24 V.\n\n" * 100_000)
    (tmp_path / "small.txt").write_text("The pump needs 24 V.\n")
    found = extracted(tmp_path, "large.txt", "small.txt", options=ExtractionOptions(max_result_mib=1))
    assert isinstance(found["small.txt"], Extraction)
    failure = found["large.txt"]
    assert isinstance(failure, Failure)
    assert (failure.stage, failure.kind) == ("extraction", "too_large")
    assert "at most 1 MiB are kept (setting extraction.max_result_mib)" in failure.message


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hundred_thousand_columns_are_read_or_fail_with_their_reason(tmp_path: Path, kind: str):
    from tests.hostile.attacks import ATTACKS

    (tmp_path / f"wide.{kind}").write_bytes(ATTACKS[f"wide.{kind}"]())
    [found] = extracted(tmp_path, f"wide.{kind}").values()
    if isinstance(found, Failure):
        assert found.kind in ("too_large", "corrupt"), found
    else:
        assert pack(found)[1]["bytes"] < 64 << 20
