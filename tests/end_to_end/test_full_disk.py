"""A disk that fills up while `codices index` runs: one line says so; once there is room, the same command goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import codices

DISK_MIB = 32


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only a superuser who may mount can make a disk that is full")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("free_mib", [0.7, 3.5])  # full for Dagster's own records; for what the stages keep
def test_a_full_disk_is_told_in_one_line_and_the_next_run_goes_on(tmp_path: Path, disk: Path, free_mib: float):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(4):
        (corpus / f"{number}.md").write_text(f"# Pump {number}\n\nPump {number} needs 24 V.\n")
        Image.frombytes("RGB", (640, 480), os.urandom(640 * 480 * 3)).save(corpus / f"noise-{number}.png")  # .9 MB
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * int((DISK_MIB - free_mib) * 2**20))
    command = "index", corpus, "--home", disk / "home", "--shards", "2", "--json"
    full = codices(*command, CODICES_OCR__ENABLED="false")
    assert full.status == 1, full.err
    told = [line for line in full.err.splitlines() if line.startswith("codices: ")]
    assert len(told) == 1, full.err
    assert told[0].startswith("codices: the disk is full: ")
    assert str(disk) in told[0]
    assert "Traceback" not in full.err
    ballast.unlink()
    done = codices(*command, CODICES_OCR__ENABLED="false")
    assert done.status == 0, done.err
    assert done.json["documents"]["indexed"] == 8
