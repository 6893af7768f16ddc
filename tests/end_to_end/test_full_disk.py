"""A disk that fills up while documents are indexed: one line says so; once there is room, the run goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from codices.pipelines.errors import EXPECTED, RunFailed
from codices.pipelines.run import run_index
from codices.resources.settings.settings import load_settings

DISK_MIB, FREE_MIB = 32, 0.7


@pytest.fixture
def disk(home: Path) -> Iterator[Path]:
    """The home as a small file system in memory."""
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only a superuser who may mount can make a disk that is full")
    yield home
    subprocess.run(["umount", "--lazy", home], check=True)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.md").write_text(f"# Pump {number}\n\nPump {number} needs 24 V.\n")
        Image.frombytes("RGB", (640, 480), os.urandom(640 * 480 * 3)).save(folder / f"noise-{number}.png")  # .9 MB
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    monkeypatch.setenv("CODICES_OCR__ENABLED", "false")
    return folder


def test_a_disk_that_fills_up_is_told_in_one_line_and_the_next_run_goes_on(disk: Path, corpus: Path):
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * int((DISK_MIB - FREE_MIB) * 2**20))
    with pytest.raises(RunFailed, match=rf"^the disk is full: .* MiB are free where {disk}") as full:
        run_index(load_settings())
    assert "\n" not in str(full.value)
    assert isinstance(full.value, EXPECTED), "the command shows its line, and exits with 1"
    ballast.unlink()
    assert run_index(load_settings()).documents["indexed"] == 8
