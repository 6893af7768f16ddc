"""SVG: drawn, searchable by its text, and harmless."""

from __future__ import annotations

import base64
import gzip
import io
from pathlib import Path

import pytest
from PIL import Image

from codices.resources.extraction.common.vector_pictures import render_svg
from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import SVG, image_bomb, parsed, png, written


def rendered(svg: str) -> tuple[Image.Image, str]:
    data, words = render_svg(svg.encode())
    return Image.open(io.BytesIO(data)).convert("RGB"), words


def test_a_drawing_and_its_words(tmp_path: Path):
    extraction = parsed(written(tmp_path, "x.svg", SVG))
    [figure] = extraction.figures
    assert figure.words == "Throughput in requests"
    assert extraction.pictures[figure.image_id or ""].width == 1200
    image, _ = rendered(SVG)
    assert image.getpixel((100, 100)) == (0, 128, 128)
    packed = parsed(written(tmp_path, "x.svgz", gzip.compress(SVG.encode())))
    assert packed.figures[0].image_id == figure.image_id


def test_scripts_and_outside_files_do_nothing(tmp_path: Path):
    secret = written(tmp_path, "secret.png", png(shade=1))
    box = 'x="0" y="0" width="100" height="100"'
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    width="100" height="100" onload="fetch('http://x')"><script>document.write(1)</script>
    <image {box} href="{secret}"/><image {box} xlink:href="file://{secret}"/><image {box} href="secret.png"/>
    <foreignObject {box}><p>hi</p></foreignObject>
    <use href="http://x/y.svg#a"/></svg>"""
    image, words = rendered(svg)
    assert image.getextrema() == ((255, 255),) * 3
    assert words == ""


def test_entities_are_not_resolved(tmp_path: Path):
    secret = written(tmp_path, "secret.txt", "classified")
    svg = f"""<!DOCTYPE svg [<!ENTITY a SYSTEM "file://{secret}">]><svg xmlns="http://www.w3.org/2000/svg"
    width="100" height="100"><text x="5" y="50">&a;</text></svg>"""
    assert "classified" not in rendered(svg)[1]


@pytest.mark.parametrize(
    ("svg", "kind"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * 5000 + "</g>" * 5000 + "</svg>", "too_deep"),
        ("<svg xmlns='http://www.w3.org/2000/svg'>" + "<g/>" * 300_000 + "</svg>", "too_large"),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1'/>", "corrupt"),
    ],
    ids=["deep", "many", "huge"],
)
def test_bad_drawings(svg: str, kind: str):
    with pytest.raises(ExtractionError) as failure:
        render_svg(svg.encode())
    assert failure.value.kind == kind


def test_a_drawing_without_a_stroke_is_no_content(tmp_path: Path):
    with pytest.raises(ExtractionError) as failure:
        parsed(written(tmp_path, "x.svg", "<svg xmlns='http://www.w3.org/2000/svg'><g"))
    assert failure.value.kind == "no_content"


def as_data(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def drawing(inside: str) -> str:
    box = 'x="0" y="0" width="100" height="100"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><image {box} href="{inside}"/></svg>'


def test_pictures_and_drawings_inside_a_drawing_are_drawn():
    inner = drawing(as_data(png(100, 100, shade=250)))
    for svg in (inner, drawing(as_data(inner.encode(), "svg+xml"))):
        assert rendered(svg)[0].getpixel((120, 120)) != (255, 255, 255)


def test_a_picture_bomb_in_a_drawing_costs_the_drawing_and_not_the_page(tmp_path: Path):
    bomb = drawing(as_data(image_bomb()))
    for svg in (bomb, drawing(as_data(bomb.encode(), "svg+xml"))):
        page = f'<p>words</p><img alt="a bomb" src="{as_data(svg.encode(), "svg+xml")}">'
        extraction = parsed(written(tmp_path, "x.html", page))
        assert [block.text for block in extraction.blocks] == ["words"]
        assert [warning.kind for warning in extraction.warnings] == ["picture_unreadable"]
        with pytest.raises(ExtractionError) as failure:
            render_svg(svg.encode())
        assert failure.value.kind == "too_large"
