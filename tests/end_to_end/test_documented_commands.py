"""Every command that README and docs print works as printed, in the order of the page. What cannot run here is named
with its reason, and a command that is neither is a failure."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from codices import open_index
from codices.resources.settings.settings import Settings
from tests.conftest import EXAMPLES, ROOT, SHARDS, codices_here

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?P<language>\w*)(?P<name>[^\n]*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
_RELEASE = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
NOT_HERE = {
    "make": "sets an environment up; the suite itself is `make test`",
    "source": "the environment is the one that runs this",
    "pip": "installs",
    "hf": "no model hub is reached",
    "export": "sets what the next line needs",
    "dagster": "tests/pipelines/test_automation.py materializes; 16 and 64 shards are another home's",
    "codices ui": "serves until it is stopped: tests/end_to_end/test_ui.py",
    "codices index s3": "needs a bucket: tests of remote homes have one in memory",
}


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found["language"] in languages and not found["name"].strip():
            yield found["text"]


def commands(page: Path) -> Iterator[str]:
    for block in blocks(page, "", "sh", "bash"):
        for line in block.splitlines():
            command = line.split("  #")[0].strip()
            if command and not line.startswith((" ", "|")) and "/  " not in line:
                yield command


def why_not(command: str) -> str | None:
    return next((reason for start, reason in NOT_HERE.items() if command.startswith(start)), None)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with ~/manuals: pages and a picture that hold what the README searches for."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "manuals").mkdir()
    for name in ("load-balancing.md", "configuration.md"):
        [page] = (EXAMPLES / "corpus").rglob(name)
        (folder / "manuals" / name).write_bytes(page.read_bytes())
    shutil.copytree(EXAMPLES / "corpus/guide/images", folder / "manuals/images")
    (folder / "manuals/codes.csv").write_text("code,meaning\nERR_UPSTREAM_PINNED,the upstream is pinned\n")
    assert codices_here("index", "manuals", "--shards", str(SHARDS), cwd=folder).status == 0
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_work_as_printed(page: Path, newcomer: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(newcomer))
    for command in commands(page):
        if why_not(command):
            continue
        name, *arguments = shlex.split(command)
        assert name == "codices", f"{command}: neither run here nor named in NOT_HERE"
        newest = open_index(newcomer / ".codices").release
        arguments = [_RELEASE.sub(newest, each).replace("~", str(newcomer)) for each in arguments]
        done = codices_here(*arguments, cwd=newcomer)
        assert done.status == 0, (command, done.out, done.err)


def test_a_home_is_backed_up_restored_and_moved_by_the_commands_of_the_page(newcomer: Path, tmp_path: Path):
    """Blocks marked `sh in a home`, one after the other, each as it stands."""
    folder = shutil.copytree(newcomer, tmp_path / "newcomer")
    home = folder / ".codices/home.json"
    home.write_text(home.read_text().replace(str(newcomer), str(folder)))
    found = [each for each in _BLOCK.finditer((ROOT / "docs/operate.md").read_text()) if each["name"] == " in a home"]
    assert len(found) >= 6
    for line in "".join(each["text"] for each in found).splitlines():
        name, *arguments = shlex.split(line)
        if name == "codices":
            done = codices_here(*arguments, cwd=folder)
            assert done.status == 0, (line, done.out, done.err)
            if arguments[0] == "search":
                assert "ERR_UPSTREAM_PINNED" in done.out
            if arguments[0] in ("index", "plan"):
                assert "Nothing to do" in done.out + done.err, "no command loses what was computed"
        else:
            subprocess.run([name, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_of_a_page_are_settings(page: Path):
    for block in blocks(page, "toml"):
        Settings.model_validate(tomllib.loads(block))


@pytest.mark.parametrize("page", ["README.md", "docs/search.md", "docs/failures.md"])
def test_python_of_a_page_runs(page: str, newcomer: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(newcomer)
    [picture, *_] = sorted((EXAMPLES / "corpus").rglob("*.png"))
    names = {"picture": picture}
    for block in blocks(ROOT / page, "python"):
        exec(compile(block, page, "exec"), names)


def test_examples_of_help_name_options_that_exist():
    from codices.pipelines.commands.command_line import main

    for name in main.commands:
        shown = CliRunner().invoke(main, [name, "--help"]).output
        examples = [shlex.split(line, comments=True) for line in shown.partition("Examples:")[2].splitlines()]
        examples = [words for words in examples if name in words]
        assert examples, f"codices {name} --help has no example"
        options = {each for parameter in main.commands[name].params for each in parameter.opts}
        for words in examples:
            assert {word for word in words if word.startswith("--")} <= options | {"--home", "--debug"}, words
