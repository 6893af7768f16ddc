"""The help teaches, `--home` goes on either side of the command, and an error is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from codices.pipelines.commands.command_group import EXAMPLES
from codices.pipelines.commands.command_line import main
from tests.conftest import codices_here


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_shows_examples(command: str):
    told = codices_here(command, "--help", COLUMNS="80").out
    for example in EXAMPLES[command]:
        assert f"  {example}" in told
    assert main.commands[command].get_short_help_str(300).endswith("."), "a sentence"


def test_every_command_of_an_example_can_be_parsed():
    for examples in EXAMPLES.values():
        for example in examples:
            words = example.partition("#")[0].replace("--home /srv/index ", "").split()
            options = [word for word in words if word.startswith("--")]
            known = {name for each in main.commands[words[1]].params for name in each.opts}
            assert set(options) <= known, example


def test_the_list_of_commands_is_not_cut():
    told = codices_here("--help", COLUMNS="80").out
    assert "..." not in told.partition("Commands")[2]
    assert max(map(len, told.splitlines())) <= 80


def test_home_before_or_after_the_command(tmp_path: Path):
    before = codices_here("--home", "there", "status", cwd=tmp_path)
    after = codices_here("status", "--home", "there", cwd=tmp_path)
    assert before.err == after.err
    assert str(tmp_path / "there") in before.err
    both = codices_here("--home", "here", "status", "--home", "there", cwd=tmp_path)
    assert both.err == after.err


def test_an_error_is_one_line_and_its_trace_is_there_on_request(tmp_path: Path):
    told = codices_here("status", cwd=tmp_path)
    assert told.status == 1
    assert len(told.err.splitlines()) == 1
    assert "codices index" in told.err
    with pytest.raises(Exception, match="holds no index"):
        codices_here("--debug", "status", cwd=tmp_path)
