"""Checks of Python, its libraries, the disk, the home and its Dagster instance."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import yaml
from packaging.requirements import Requirement

from codices.resources.foundation.files import is_remote
from codices.resources.health.registry import Finding, check
from codices.resources.home.home import HomeError, dagster_home, home_url, read_home
from codices.resources.settings.settings import Settings
from codices.resources.settings.settings_keys import unknown_variables

NEEDED_GIB, WANTED_GIB = 1, 10  # free on the disk: under the first a run cannot end, under the second a large one
OLDEST_PYTHON = (3, 11)


@check("Python", cheap=True)
def python(settings: Settings) -> Finding:
    """The interpreter."""
    told = f"{sys.version.split()[0]} ({sys.executable})"
    return Finding("pass" if sys.version_info >= OLDEST_PYTHON else "fail", told)


@check("libraries")
def libraries(settings: Settings) -> Finding:
    """Everything that pyproject.toml names, in a version that it allows."""
    wrong = []
    for requirement in map(Requirement, requires("codices") or ()):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append((str(requirement), "missing"))
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append((str(requirement), found))
    if wrong:
        told = ", ".join(f"{needed} is needed, here it is {found}" for needed, found in wrong)
        return Finding("fail", told, "pip install " + " ".join(f"'{needed}'" for needed, _ in wrong))
    return Finding("pass", ", ".join(f"{name} {version(name)}" for name in ("codices", "dagster", "lancedb", "torch")))


@check("settings", cheap=True)
def settings_variables(settings: Settings) -> Finding:
    """CODICES_* variables that set nothing. (A wrong key in the file stops every command before this.)"""
    unknown = unknown_variables(Settings)
    return (
        Finding("warn", "; ".join(unknown.values()), f"unset {' '.join(unknown)}") if unknown else Finding("pass", "")
    )


@check("disk", cheap=True)
def disk(settings: Settings) -> Finding:
    """Free space where the home is, or will be."""
    url = home_url(settings)
    if is_remote(url):
        return Finding("pass", "the home is on object storage")
    folder = _existing(Path(url))
    free = shutil.disk_usage(folder).free / 2**30
    status = "fail" if free < NEEDED_GIB else "warn" if free < WANTED_GIB else "pass"
    mend = "" if status == "pass" else "free some space, or choose another disk with --home"
    return Finding(status, f"{free:.1f} GiB free at {folder}", mend)


@check("home", cheap=True)
def home(settings: Settings) -> Finding:
    """The home can be read and written."""
    url = home_url(settings)
    try:
        found = read_home(settings)
    except HomeError as error:
        return Finding("fail", str(error))
    if not is_remote(url) and not os.access(_existing(Path(url)), os.W_OK):
        return Finding("fail", f"{url} cannot be written", f"chown -R $(id -u) '{url}', or choose another --home")
    return Finding("pass", f"{url} " + ("is not made yet" if found is None else f"of {found.corpus}"))


@check("telemetry", cheap=True)
def telemetry(settings: Settings) -> Finding:
    """Dagster's reports to its makers, which the instance of a new home switches off."""
    file = dagster_home(settings) / "dagster.yaml"
    said = yaml.safe_load(file.read_text("utf-8")) if file.exists() else None
    if file.exists() and (said or {}).get("telemetry", {}).get("enabled", True):
        return Finding("warn", f"Dagster's is on in {file}", f"set telemetry: {{enabled: false}} in {file}")
    return Finding("pass", "off")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above that there is."""
    return next(each for each in (folder, *folder.parents) if each.exists())
