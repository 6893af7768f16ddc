"""A document's elements: their words, places, identity and origin."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from codices.resources.elements.build import Element, build_elements
from codices.resources.elements.words import file_name_words
from codices.resources.extraction.common.model import Block, Extraction, Figure, Reading, Table
from codices.resources.settings.element_options import ElementOptions

BOX = (0.1, 0.2, 0.3, 0.4)


def spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def build(
    extraction: Extraction,
    readings: Sequence[Reading] = (),
    path: str = "docs/pumps.md",
    max_tokens: int = 200,
    **options: int,
) -> list[Element]:
    return build_elements(
        doc_id="d0c",
        path=path,
        extraction=extraction,
        readings={reading.image_id: reading for reading in readings},
        sources={"img/coolingPump_v2.png": "docs/img/coolingPump_v2.png"},
        options=ElementOptions(**options),
        token_spans=spans,
        max_tokens=max_tokens,
    )


def manual() -> Extraction:
    path = ("Pumps", "Cooling")
    return Extraction(
        "text/markdown",
        title="Manual",
        blocks=[
            Block("Pumps", "title", order=0),
            Block("Unrelated start.", heading_path=("Pumps",), order=1),
            Block("Cooling", "title", heading_path=("Pumps",), order=2),
            Block("Set COOLING_MODE to 3 before.", heading_path=path, order=3, page=1, box=BOX),
            Block("Figure 1: The loop", "caption", heading_path=path, order=5),
            Block("Then open the valve.", heading_path=path, order=6),
            Block("Unrelated end.", heading_path=("Pumps",), order=9),
        ],
        tables=[Table([["part", "code"], ["seal", "SL-4711"]], "<table/>", "Table 1: Parts", 1, BOX, path, 7)],
        figures=[Figure("pixels", "Figure 1: The loop", link="img/coolingPump_v2.png", heading_path=path, order=4)],
    )


def test_elements_come_in_reading_order() -> None:
    found = build(manual())
    assert [element.modality for element in found] == ["text", "text", "figure", "table", "text"]
    assert [element.ordinal for element in found] == [0, 1, 2, 3, 4]
    assert found[1].pages == [1]
    assert vars(found[1].boxes[0]) == {"page": 1, "x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.4}


def test_a_figure_is_described_by_what_stands_around_and_inside_it() -> None:
    reading = Reading("pixels", text="Pressure\nPressure\nvalve\u2014x7f3a9")
    (figure,) = [element for element in build(manual(), [reading]) if element.modality == "figure"]
    lines = figure.text.split("\n")
    assert lines[:3] == ["Figure 1: The loop", "coolingPump_v2.png", "cooling Pump v2"]
    assert lines[3:6] == ["Manual", "Pumps", "Cooling"]
    assert "Set COOLING_MODE to 3 before." in lines
    assert "Then open the valve." in lines
    assert lines[-2:] == ["Pressure", "valve-x7f3a9"]  # each label once, the dash of OCR mended
    assert "Unrelated" not in figure.text
    assert figure.source_path == "docs/img/coolingPump_v2.png"
    assert figure.image_id == "pixels"
    assert {"valve-x7f3a9", "coolingPump_v2.png"} <= set(figure.identifiers)
    assert "COOLING_MODE" not in figure.identifiers  # it belongs to the text


def test_a_caption_is_told_once_and_by_its_figure() -> None:
    assert not any("The loop" in element.text for element in build(manual()) if element.modality == "text")


def test_an_image_file_is_its_own_source() -> None:
    extraction = Extraction("image/png", figures=[Figure("pixels", page=1, box=(0, 0, 1, 1))])
    (figure,) = build(extraction, [Reading("pixels", text="Flow rate")], path="shots/flow-rate_2.png")
    assert figure.source_path == "shots/flow-rate_2.png"
    assert figure.text == "flow-rate_2.png\nflow rate 2\nFlow rate"
    assert figure.embedding_text


def test_a_file_name_is_an_identifier_however_its_letters_are_composed() -> None:
    (element,) = build(Extraction("text/markdown", blocks=[Block("Words.", order=0)]), path="U\u0308bersicht.md")
    assert "\u00dcbersicht.md" in element.identifiers


def test_a_picture_that_is_not_there_keeps_its_words() -> None:
    extraction = manual()
    extraction.figures = [Figure(None, alt="A gauge", link="img/gone.png", heading_path=("Pumps", "Cooling"), order=4)]
    (figure,) = [element for element in build(extraction) if element.modality == "figure"]
    assert figure.source_path is None
    assert figure.caption == "A gauge"
    assert "Set COOLING_MODE" in figure.text


def test_words_from_extraction_stand_in_where_headings_do_not_match() -> None:
    extraction = Extraction("application/pdf", figures=[Figure("p", before="said before", after="said after")])
    (figure,) = build(extraction)
    assert "said before\nsaid after" in figure.text


def test_an_identifier_stands_in_the_element_that_explains_it() -> None:
    found = {element.modality: element for element in build(manual()) if "SL-4711" in element.identifiers}
    assert set(found) == {"table"}
    assert {"COOLING_MODE", "cooling_mode"} <= set(build(manual())[1].identifiers)
    assert {"docs/pumps.md", "pumps.md"} <= set(build(manual())[0].identifiers)


def test_large_tables_are_split_between_rows_with_the_header_repeated() -> None:
    rows: list[list[str | None]] = [[f"part{n}", f"{n} mm <wide>"] for n in range(40)]
    table = Table([["name", "size"], *rows], "<table>all</table>", "Sizes")
    found = build(Extraction("text/html", tables=[table]), max_table_tokens=60)
    assert len(found) > 3
    assert all(element.text.startswith("Sizes\nname | size\n") for element in found)
    assert [line for element in found for line in element.text.split("\n")[2:]] == [f"{a} | {b}" for a, b in rows]
    assert all("<th>name</th>" in element.html and "&lt;wide&gt;" in element.html for element in found)
    assert len({element.element_id for element in found}) == len(found)


def test_a_small_table_keeps_its_own_html() -> None:
    (table,) = [element for element in build(manual()) if element.modality == "table"]
    assert table.html == "<table/>"


def test_identity_survives_edits_elsewhere() -> None:
    before = {element.element_id: element for element in build(manual())}
    edited = manual()
    edited.title = "Manual, second edition"
    edited.blocks[1].text = "Another start, and longer."
    for part in [*edited.blocks, *edited.tables, *edited.figures]:
        part.order += 5
    edited.blocks.insert(0, Block("Preface.", order=0))
    after = {element.element_id for element in build(edited)}
    kept = {before[key].text.rpartition("\n")[2] for key in set(before) & after}
    assert "Unrelated start." not in kept
    assert len(set(before) & after) == len(before) - 1
    assert len(after) == len(before) + 1


def test_repeated_content_has_an_identity_each_and_one_vector() -> None:
    found = build(Extraction("text/plain", blocks=[Block("Same.", order=0), Block("x", "title", order=1)]))
    twice = build(
        Extraction(
            "text/plain",
            blocks=[
                Block("Same.", heading_path=("a",), order=0),
                Block("Other.", heading_path=("b",), order=1),
                Block("Same.", heading_path=("a",), order=2),
            ],
        )
    )
    assert len({element.element_id for element in twice}) == 3
    assert twice[0].content_key == twice[2].content_key != twice[1].content_key
    assert found[0].element_id == twice[0].element_id


@pytest.mark.parametrize("max_tokens", [16, 64, 254])
def test_what_is_embedded_fits_the_encoder_and_says_where_it_stands(max_tokens: int) -> None:
    heading = " ".join(f"heading{n}" for n in range(30))
    blocks = [Block("word " * 700, heading_path=("Top " + heading, "Inner"), order=1)]
    found = build(Extraction("text/plain", title="Title", blocks=blocks), max_tokens=max_tokens)
    assert all(len(spans(element.embedding_text)) <= max_tokens for element in found)
    assert all("Inner" in element.embedding_text for element in found)
    assert sum(element.text.count("word") for element in found) == 700


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValidationError, match="too short"):
        ElementOptions(max_tokens=3)
    with pytest.raises(ValueError, match="at least 8"):
        build(manual(), max_tokens=4)


def test_an_empty_document_has_no_elements() -> None:
    assert build(Extraction("text/plain")) == []


def test_file_names_give_words_unless_they_say_nothing() -> None:
    assert file_name_words("a/loadBalancer-config_2.png") == ["load", "Balancer", "config", "2"]
    assert file_name_words("HTTPServer.png") == ["HTTP", "Server"]
    assert file_name_words("mail.eml!/Quarterly report.pdf") == ["Quarterly", "report"]
    for name in ("image12.png", "Screenshot 3.png", "IMG_0042.jpg", "da39a3ee5e6b4b0d.png", "42.gif"):
        assert file_name_words(name) == [], name
