"""Cores of a process that a container gives a share of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from codices.resources.foundation.cores import usable_cores


def test_a_quota_of_the_container_or_of_one_above_is_kept_to(tmp_path: Path) -> None:
    own = tmp_path / "cgroup" / "machine" / "job"
    own.mkdir(parents=True)
    membership = tmp_path / "membership"
    membership.write_text("0::/machine/job\n")

    def cores() -> int:
        return usable_cores(tmp_path / "cgroup", membership)

    assert cores() == len(os.sched_getaffinity(0))
    (own / "cpu.max").write_text("max 100000\n")
    assert cores() == len(os.sched_getaffinity(0))
    (own.parent / "cpu.max").write_text("100000 100000\n")
    assert cores() == 1
    (own.parent / "cpu.max").write_text("5000 100000\n")
    assert cores() == 1


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path, tmp_path / "none") == len(os.sched_getaffinity(0))
