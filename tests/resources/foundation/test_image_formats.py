"""Pictures are opened by the decoders of a fixed list, and no picture starts a program."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from codices.resources.encoders.common.preprocessing import Preprocessing, decode
from codices.resources.foundation.failures import ExtractionError
from codices.resources.foundation.image_formats import FORMATS, open_picture
from tests.resources.extraction.files import parsed, written

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 200\n%%EndComments\n0 0 300 200 rectfill\nshowpage\n%%EOF\n"
SMALL = Preprocessing((8, 8), (0.5,) * 3, (0.5,) * 3, "bicubic", "squash", 0)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once a program named like Ghostscript was started."""
    programs, mark = tmp_path / "programs", tmp_path / "started"
    programs.mkdir()
    for name in ("gs", "djpeg"):
        program = written(programs, name, f"#!/bin/sh\ntouch {mark}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return mark


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_list_is_read(name: str):
    image, buffer = Image.new("RGB", (64, 32), (40, 90, 160)), io.BytesIO()
    if name == "HEIF":
        pillow_heif.from_pillow(image).save(buffer)
    else:
        image.save(buffer, name)
    opened = open_picture(buffer.getvalue()).convert("RGB")
    red, green, blue = opened.resize((1, 1)).tobytes()
    assert abs(red - 40) + abs(green - 90) + abs(blue - 160) < 40


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (EPS, "EPS"),
        (b"\xc5\xd0\xd3\xc6" + (30).to_bytes(4, "little") + len(EPS).to_bytes(4, "little") + bytes(18) + EPS, "EPS"),
        (b"%PDF-1.4\n%%EOF\n", "PDF"),
        (b"8BPS\0\1" + bytes(40), "PSD"),
    ],
)
def test_a_format_that_is_not_on_the_list_is_named_and_starts_nothing(
    tmp_path: Path, started: Path, data: bytes, said: str
):
    with pytest.raises(OSError, match=said):
        decode(data, SMALL)
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    page = parsed(written(tmp_path, "a.html", f"<p>Words</p><img width=300 height=200 src='{uri}'>"))
    [figure] = page.figures
    assert figure.image_id is None
    assert said in " ".join(warning.message for warning in page.warnings)
    assert not started.exists()


def test_a_file_of_postscript_is_no_text_and_no_picture(tmp_path: Path, started: Path):
    for name in ("a.eps", "a.png", "a"):
        with pytest.raises(ExtractionError, match="a PostScript program"):
            parsed(written(tmp_path, name, EPS))
    assert parsed(written(tmp_path, "a.txt", EPS)).blocks, "a text about PostScript is a text"
    assert not started.exists()
