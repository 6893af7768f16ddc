"""Text and numbers that any column can hold, from whatever a parser gave."""

from __future__ import annotations

import pytest

from codices.resources.extraction.common.bounds import (
    MAX_HEADING,
    MAX_LINKS,
    MAX_ROOTED_LINKS,
    MAX_WARNINGS,
    make_bounded,
)
from codices.resources.extraction.common.model import Block, Extraction, Page
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.well_formed import character, joined, make_valid, well_formed


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("plain\ttext\r\n", "plain\ttext\r\n"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\ud800b\udc00", "a\ufffdb\ufffd"),
        ("a\x00b\x07c", "abc"),
        ("one\x0btwo\x0cthree", "one two three"),
    ],
)
def test_text_is_unicode_without_control_characters(given: str, wanted: str):
    assert well_formed(given) == wanted


def test_code_points_beyond_unicode_are_replaced():
    assert [character(code) for code in (0, 65, 0xD800, 0x1F600, 0x110000)] == [
        "\ufffd", "A", "\ufffd", "\U0001f600", "\ufffd",
    ]  # fmt: skip
    assert joined(0xD83D, 0xDE00) == 0x1F600
    assert joined(0xDE00, 0xD83D) is None


def test_every_field_of_an_extraction_is_made_valid():
    extraction = Extraction("text/plain", "\ud83d\ude00")
    extraction.blocks = [Block("x\x00", heading_path=("\ud800",), order=2**40)]
    extraction.pages = [Page(1, float("nan"), 2.0, "text")]
    extraction.warnings = [Failure("extraction", "part_lost", "\udfff")]
    valid = make_valid(extraction)
    assert valid.title == "\U0001f600"
    assert valid.blocks == [Block("x", heading_path=("\ufffd",), order=2**31 - 1)]
    assert (valid.pages[0].width, valid.pages[0].height) == (0.0, 2.0)
    assert valid.warnings == [Failure("extraction", "part_lost", "\ufffd")]


def test_long_headings_and_titles_are_cut_where_they_are_repeated_and_kept_once():
    heading, title = "h" * 5000, "t" * 5000
    extraction = Extraction("text/plain", title)
    extraction.blocks = [Block("x", heading_path=(heading,), order=number) for number in range(3)]
    extraction.draws_in = [f"{number}.png" for number in range(MAX_LINKS + 5)]
    make_bounded(extraction)
    assert {len(block.heading_path[0]) for block in extraction.blocks[:3]} == {MAX_HEADING}
    assert [block.text for block in extraction.blocks[3:]] == [title, heading]
    assert len(extraction.draws_in) == MAX_LINKS
    assert [warning.kind for warning in extraction.warnings] == ["shortened", "too_many_links"]


def test_links_from_the_root_of_a_site_count_for_more_and_warnings_are_few():
    extraction = Extraction("text/plain")
    extraction.draws_in = [f"{slash}{number}.png" for number in range(300) for slash in ("", "/", "%2F", "\\")]
    extraction.warnings = [Failure("extraction", "part_lost", f"part {number}") for number in range(5000)]
    make_bounded(extraction)
    rooted = [link for link in extraction.draws_in if not link[0].isdigit()]
    assert (len(extraction.draws_in), len(rooted)) == (300 + MAX_ROOTED_LINKS, MAX_ROOTED_LINKS)
    assert len(extraction.warnings) == MAX_WARNINGS
    last = extraction.warnings[-1]
    assert (last.kind, last.message) == ("more_warnings", "4902 more warnings, the first: part 99")
