"""What a hit looks like on a terminal, in a pipe and in Python."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

import codices.pipelines.terminal.hits
from codices.pipelines.terminal.hits import print_hits
from codices.resources.search.results import Results, hit_schema

_ROW = {
    "element_id": "e", "doc_id": "d", "path": "pump.pdf", "modality": "text", "pages": [3], "boxes": [],
    "heading_path": ["Pump", "Valves"], "caption": None, "text": "Pump\nValves\nThe valve opens at 5 bar \x1b[2J.",
    "score": 0.75, "legs": [], "siblings": [], "rank": 1,
}  # fmt: skip
_TABLE = {
    **_ROW, "rank": 2, "modality": "table", "caption": "Table 1. Ports",
    "text": "Table 1. Ports\nPump\nValves\nPort | Use\n443 | valve control",
}  # fmt: skip


@pytest.fixture
def results() -> Results:
    return Results("valves", "r1", pa.Table.from_pylist([_ROW, _TABLE], schema=hit_schema()))


def test_in_a_pipe_hits_are_plain_and_repeat_no_headings(results: Results, capsys: pytest.CaptureFixture[str]):
    print_hits(results, explain=False)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        " 1  0.750  text  pump.pdf  p. 3",
        "      Pump > Valves",
        "      The valve opens at 5 bar \\x1b[2J.",
        " 2  0.750  table  pump.pdf  p. 3",
        "      Pump > Valves",
        "      Table 1. Ports",
        "      Port  Use",
        "      443   valve control",
    ]


def test_on_a_terminal_the_file_is_a_link_and_words_are_marked(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "pump.pdf").touch()
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="standard", width=80, soft_wrap=True)
    monkeypatch.setattr(codices.pipelines.terminal.hits, "_out", console)
    print_hits(results, explain=False, corpus=str(tmp_path))
    said = screen.getvalue()
    assert f";{(tmp_path / 'pump.pdf').as_uri()}#page=3\x1b\\\x1b[1mpump.pdf" in said
    assert "\x1b[1;33mvalve\x1b[0m" in said
    assert "\x1b[2J" not in said


def test_python_shows_a_table(results: Results):
    lines = repr(results).splitlines()
    assert lines[0] == "'valves': 2 hits, release r1"
    assert lines[1] == "  1  0.750  text    pump.pdf p. 3"
    assert lines[2].strip().startswith("The valve opens")
    assert lines[4].strip() == "Table 1. Ports"
