"""What comes from files is printed as it is, and can do nothing to a terminal."""

from __future__ import annotations

import pytest

from codices.pipelines.terminal.printing import print_extraction, print_failures


def test_names_and_reasons_are_no_markup_and_no_commands(capsys: pytest.CaptureFixture[str]):
    names = ["a[/b].pdf", "fin [draft].pdf", "[red]x:smile:.pdf", "esc\x1b[2J.pdf", "two\nlines.pdf"]
    print_failures([{"path": name, "reason": "bad [/i] \x9b", "stage": "extraction", "kind": "k"} for name in names])
    said = ["a[/b].pdf", "fin [draft].pdf", "[red]x:smile:.pdf", "esc\\x1b[2J.pdf", "two\\nlines.pdf"]
    assert capsys.readouterr().out.splitlines() == [
        "Failed documents:",
        *(f"  {name}: bad [/i] \\x9b (extraction, k)" for name in said),
    ]


def test_an_extraction_says_what_is_lost(capsys: pytest.CaptureFixture[str]):
    warning = {"stage": "extraction", "kind": "part_lost", "message": "a part [x]"}
    found = {"failure": None, "text": "one [/b]\n\ttwo\x1b[2J", "pages": 0, "tables": [], "figures": []}
    print_extraction({**found, "warnings": [warning]})
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "one [/b]"
    assert printed.out.splitlines()[1].strip() == "two\\x1b[2J"
    assert printed.err.splitlines() == ["-- 0 pages, 0 tables, 0 figures", "-- warning: a part [x] (part_lost)"]
