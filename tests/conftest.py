"""Homes to test on. Everything is real: files, tesseract, models, LanceDB, Dagster."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
SHARDS = 4

# Dagster's partitions are fixed when the definitions are first imported, so all in-process tests share a number.
os.environ["CODICES_SHARDS"] = str(SHARDS)
os.environ.pop("DAGSTER_HOME", None)  # the instance of whoever runs the tests is no place for their runs


@dataclass(frozen=True)
class CommandResult:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def codices(*arguments: str | Path, cwd: Path | None = None, timeout: float = 500, **environment: str) -> CommandResult:
    """Run the installed `codices` command as a user would."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "codices"), *map(str, arguments)],
        cwd=cwd or ROOT,
        env={**_clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def codices_here(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> CommandResult:
    """The same command in this process, for which models are loaded once. SHARDS is the only number that works here."""
    from codices.pipelines.commands.command_line import main

    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(_clean_environment(before) | environment)
    try:
        with contextlib.chdir(cwd or ROOT):
            done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        os.environ.clear()
        os.environ.update(before)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return CommandResult(done.exit_code, done.stdout, done.stderr)


def _clean_environment(of: Mapping[str, str] = os.environ) -> dict[str, str]:
    return {key: value for key, value in of.items() if not key.startswith(("CODICES_", "DAGSTER_"))}


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the example corpus was indexed by the command, once for all processes of a test run. Read it,
    do not change it."""
    mine = tmp_path_factory.getbasetemp()
    shared = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "example"
    home, said = shared / "home", shared / "first-run.json"
    shared.mkdir(exist_ok=True)
    with FileLock(shared / "lock"):
        if not said.exists():
            result = codices("index", EXAMPLES / "corpus", "--home", home, "--shards", str(SHARDS), "--json")
            assert result.status == 0, result.err
            said.write_text(result.out)
    return home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home that settings and Dagster of this process use."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CODICES_HOME", str(folder))
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))  # where it is by itself; set, so that it is taken back
    monkeypatch.chdir(tmp_path)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
