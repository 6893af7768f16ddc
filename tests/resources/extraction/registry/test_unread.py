"""A file that is not read fails with what a person calls it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import compound_file, parsed, written


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"\x00\x01")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("minutes.pages", zipped("Index/Document.iwa", "preview.jpg"), "an Apple Pages document"),
        ("minutes", zipped("Index/Document.iwa", "preview.jpg"), "an Apple iWork document"),
        ("plan.vsd", compound_file({"VisioDocument": b"\x01"}), "a Visio drawing"),
        ("plan", compound_file({"VisioDocument": b"\x01"}), "a file of an old Microsoft program"),
        ("rows.bin", b"SQLite format 3\x00" + bytes(100), "an SQLite database"),
        ("talk.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(40), "a video"),
        ("letter.ps", b"%!PS-Adobe-3.0\n", "a PostScript program"),
        ("noise", bytes(range(256)), "a file of a kind that is not known"),
    ],
)
def test_the_failure_says_what_it_is(tmp_path: Path, name: str, data: bytes, said: str):
    with pytest.raises(ExtractionError) as raised:
        parsed(written(tmp_path, name, data))
    assert raised.value.kind == "unsupported"
    assert said in raised.value.message
    assert "/" not in raised.value.message, "no media type"
