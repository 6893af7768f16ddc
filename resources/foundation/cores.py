"""How many processor cores this process may use: what it is pinned to, and what its container is given."""

from __future__ import annotations

import math
import os
from pathlib import Path


def usable_cores(cgroups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")) -> int:
    """Cores of the process's affinity, but no more than its cgroup (version 2) or one above it has a quota for;
    at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *_quotas(cgroups, membership)]))


def _quotas(cgroups: Path, membership: Path) -> list[int]:
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # not Linux
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    quotas = []
    for folder in (cgroups / own, *(cgroups / own).parents):
        if not folder.is_relative_to(cgroups):
            break
        try:
            quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            continue  # the root has no such file, and another controller may have taken it over
        if quota != "max":
            quotas.append(math.ceil(int(quota) / int(period)))
    return quotas
