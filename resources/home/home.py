"""The home: one folder (or object-store prefix) with everything that was computed for one corpus."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from codices.resources.corpus.corpus import shard_keys
from codices.resources.foundation.files import Folder, is_remote
from codices.resources.settings.settings import DEFAULT_SHARDS, Settings
from codices.resources.settings.settings_error import SettingsError

HOME_VERSION = 1
_RECORD = "home.json"
_TABLES = "tables"


class HomeError(Exception):
    """A home that cannot be used as asked: another corpus, another number of shards, a newer version, read-only."""


@dataclass(frozen=True)
class Home:
    """`corpus` and `shards` are fixed when the home is made; `url` is its folder."""

    url: str
    corpus: str
    shards: int

    @cached_property
    def folder(self) -> Folder:
        return Folder(self.url)

    @property
    def database(self) -> str:
        """The URI that `lancedb.connect` takes."""
        return f"{self.url}/lancedb"

    @cached_property
    def stages(self) -> Folder:
        return Folder(f"{self.url}/stages")

    @property
    def identity(self) -> str | None:
        """Of the tables that belong to this home, as recorded when they were made; None where none are recorded."""
        return _record_at(self.url).get(_TABLES)

    def record_identity(self, identity: str | None) -> None:
        """Remember which tables belong to this home; None forgets them."""
        record = {key: value for key, value in _record_at(self.url).items() if key != _TABLES}
        self._write(record if identity is None else {**record, _TABLES: identity})

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            self.folder.write(_RECORD, json.dumps(record, indent=1).encode())
        except OSError as error:
            raise HomeError(f"{self.url} cannot be written: {error.strerror or error}") from error

    @cached_property
    def shard_keys(self) -> list[str]:
        return shard_keys(self.shards)


def home_url(settings: Settings) -> str:
    """Absolute folder of the home, or its URL."""
    return settings.home.rstrip("/") if is_remote(settings.home) else str(Path(settings.home).expanduser().resolve())


def dagster_home(settings: Settings) -> Path:
    """Folder of the Dagster instance: DAGSTER_HOME, else in the home; for a home on object storage in ./.codices."""
    given = os.environ.get("DAGSTER_HOME")
    if given:
        return Path(given)
    return local_folder(home_url(settings), "dagster")


def local_folder(url: str, name: str) -> Path:
    """A folder that has to be local: in the home at `url`, or in ./.codices for a home on object storage."""
    return Path(".codices", name).resolve() if is_remote(url) else Path(url) / name


def read_home(settings: Settings) -> Home | None:
    """The home as it was recorded, or None when nothing was indexed into it yet.

    Raises HomeError when a newer version of Codices wrote it, or the record is damaged.
    """
    url = home_url(settings)
    record = _record_at(url)
    return Home(url, record["corpus"], record["shards"]) if record else None


def existing_home(settings: Settings) -> Home:
    """The home as it was recorded. Raises HomeError where there is none."""
    home = read_home(settings)
    if home is None:
        url = home_url(settings)
        raise HomeError(f"{url} holds no index; make one with `codices index CORPUS --home {url}`")
    return home


def tables_of_home(url: str) -> str | None:
    """Identity of the tables that belong to the home at `url`; None where there is no home, or it has not recorded it.

    Raises HomeError when a newer version of Codices wrote it, or the record is damaged.
    """
    return _record_at(url).get(_TABLES)


def _record_at(url: str) -> dict[str, Any]:
    data = Folder(url).read(_RECORD)
    if data is None:
        return {}
    try:
        record = json.loads(data)
        version = int(record["version"])
        record |= {"corpus": str(record["corpus"]), "shards": int(record["shards"])}
    except (ValueError, KeyError, TypeError) as error:
        raise HomeError(f"{url}/{_RECORD} is damaged ({error}); restore it, or index into a new --home") from error
    if version > HOME_VERSION:
        raise HomeError(f"{url} was written by a newer Codices (home version {version}); upgrade to read it")
    return record


def open_home(settings: Settings, create: bool = True) -> Home:
    """The home for these settings, recorded at first use.

    Raises HomeError when it belongs to another corpus or has another number of shards, SettingsError when no corpus is
    known.
    """
    recorded = read_home(settings)
    corpus = None if settings.corpus is None else _absolute(settings.corpus)
    if recorded is not None:
        if corpus is not None and corpus != recorded.corpus:
            raise HomeError(
                f"{recorded.url} is the index of {recorded.corpus}, not of {corpus}, and stays as it is. Give the "
                f"other corpus a home of its own: `codices index {corpus} --home FOLDER`"
            )
        if settings.shards is not None and settings.shards != recorded.shards:
            raise HomeError(
                f"{recorded.url} has {recorded.shards} shards, fixed when it was made; "
                f"leave out --shards, or index into another --home"
            )
        return recorded
    if corpus is None:
        raise SettingsError("no corpus: say `codices index CORPUS`, or set `corpus` in codices.toml or CODICES_CORPUS")
    home = Home(home_url(settings), corpus, settings.shards or DEFAULT_SHARDS)
    if create:
        home._write({"version": HOME_VERSION, "corpus": home.corpus, "shards": home.shards})
    return home


def _absolute(corpus: str) -> str:
    if is_remote(corpus):
        return corpus.rstrip("/")
    return str(Path(corpus.removeprefix("file://")).expanduser().resolve())
