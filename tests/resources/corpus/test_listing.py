"""Listings of trees that change meanwhile, or that hold what few programs expect: failures of one file or folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codices.resources.corpus.corpus import FOLDER_FAILURES, Corpus
from tests.conftest import ROOT

NAMES = (b"plain.md", "grüße.md".encode(), "\u4e2d\U0001f600.md".encode(), b"caf\xe9.md", b"half \xed\xa0\x80.md")
LIST_AND_READ = """
import json, sys
from codices.resources.corpus.corpus import Corpus
corpus = Corpus(sys.argv[1])
print(json.dumps({file.path: corpus.read(file.path).decode() for file in corpus.list() if not file.failure}))
"""


@contextmanager
def busy_writer(root: Path) -> Iterator[None]:
    """Makes and removes folders with files, and puts files in each other's place, all the time."""
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            folder = root / f"passing-{number % 3}"
            (folder / "inner/innermost").mkdir(parents=True)
            (folder / "inner/innermost/a.md").write_text("here")
            (root / "new.tmp").write_text(f"version {number}")
            (root / "new.tmp").replace(root / "replaced.md")
            shutil.rmtree(folder)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_a_hundred_listings_beside_a_busy_writer_miss_nothing_that_stays(tmp_path: Path):
    staying = {f"staying-{number}/{name}.md" for number in range(5) for name in "ab"}
    for path in (*staying, "replaced.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("stays")
    corpus, met = Corpus(str(tmp_path)), set[str]()
    with busy_writer(tmp_path):
        for _ in range(100):
            listed = {file.path: file.failure for file in corpus.list()}
            assert staying <= listed.keys()
            assert not [listed[path] for path in staying if listed[path]]
            met |= listed.keys() - staying
    assert any(path.startswith("passing-") for path in met), "the writer was never met"


def test_a_chain_of_folders_that_no_path_reaches_is_one_failure(tmp_path: Path):
    (tmp_path / "good.md").write_text("good")
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(30):  # of 200 bytes each: PATH_MAX is 4,096
        os.mkdir("d" * 200, dir_fd=handle)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(os.open("deep.md", os.O_WRONLY | os.O_CREAT, dir_fd=handle))
    os.close(handle)
    try:
        good, chain = sorted(Corpus(str(tmp_path)).list(), key=lambda file: -len(file.path))[::-1]
        assert (good.path, good.failure) == ("good.md", None)
        assert chain.failure is not None
        assert chain.failure.kind in FOLDER_FAILURES
    finally:
        shutil.rmtree(tmp_path / ("d" * 200))  # pytest's own removal stops at such a path


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "en_US.ISO-8859-1"]
)
def test_every_name_is_listed_and_read_in_every_locale(tmp_path: Path, locale: dict[str, str] | str):
    """With the same paths, so that a document stays itself when a service runs under another locale than a shell."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in NAMES:
        with open(os.path.join(os.fsencode(corpus), name), "w") as file:
            file.write("words")
    if isinstance(locale, str):
        locale = made_locale(tmp_path, locale)
    script = subprocess.run(
        [sys.executable, "-c", LIST_AND_READ, corpus],
        cwd=ROOT,
        env={**os.environ, **locale},
        capture_output=True,
        check=False,
    )
    assert script.returncode == 0, script.stderr.decode(errors="replace")
    found = json.loads(script.stdout)
    assert found == {file.path: "words" for file in Corpus(str(corpus)).list()}
    assert len(found) == len(NAMES)


def made_locale(folder: Path, name: str) -> dict[str, str]:
    """The variables that switch to a locale which is made for the test; skips where it cannot be made."""
    language, _, charmap = name.partition(".")
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", language, "-f", charmap, folder / name], capture_output=True, check=False
    )
    if not (folder / name).is_dir():
        pytest.skip(f"no localedef, or no sources of {name}: {made.stderr.decode() if made else ''}")
    return {"LOCPATH": str(folder), "LC_ALL": name, "PYTHONUTF8": "0"}


def test_sockets_pipes_and_devices_are_failures_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    os.mkfifo("pipe.md")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.md")
    expected = {"pipe.md", "socket.md"}
    if os.geteuid() == 0:
        try:
            os.mknod("device.md", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero, which never ends
            expected.add("device.md")
        except PermissionError:  # a container without the right to make one
            pass
    found = {file.path: file.failure.kind for file in Corpus(str(tmp_path)).list() if file.failure}
    assert found == dict.fromkeys(expected, "not_a_file")
