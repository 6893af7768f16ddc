"""The engines of OCR: the one asked for reads, and what tesseract gives up is read by the other, which is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from codices.resources.extraction.common.pictures import encode
from codices.resources.ocr import reading as reading_module
from codices.resources.ocr.reading import check_languages, read_picture
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.stages.readings import base_fingerprint

LINES = ["Pump seven is at rest", "Valve K40 opens at noon"]


def notice() -> bytes:
    image = Image.new("RGB", (360, 110), "#123a5c")
    for i, line in enumerate(LINES):
        ImageDraw.Draw(image).text((15, 15 + 45 * i), line, fill="white", font=ImageFont.load_default(24))
    return encode(image)


def test_rapidocr_reads_without_tesseract_and_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("rapidocr reached for the network")

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(socket.socket, "connect", refused)
    options = OcrOptions(engine="rapidocr")
    check_languages(options)
    reading = read_picture(notice(), "figure", options)
    assert reading.text.splitlines() == LINES
    assert reading.words[0].text == "Pump"
    assert reading.words[0].box[0] == pytest.approx(15 / 360, abs=0.02)


def test_what_times_out_in_tesseract_is_read_by_rapidocr_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "TIMEOUT_SECONDS", 0.001)
    reading = read_picture(notice(), "figure", OcrOptions(engine="auto"))
    assert reading.text.splitlines() == LINES
    assert reading.failure is not None
    assert reading.failure.kind == "timeout"
    alone = read_picture(notice(), "figure", OcrOptions(engine="tesseract"))
    assert not alone.words
    assert alone.failure == reading.failure


def test_readings_depend_on_the_engine() -> None:
    prints = {base_fingerprint(OcrOptions(engine=engine)) for engine in ("auto", "tesseract", "rapidocr")}
    assert len(prints) == 3
