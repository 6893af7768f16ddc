"""Releases: names that pin a version of every table. What readers open, and the only thing that they should.

LanceDB has no transaction over tables. A release is cut in an order that makes one commit decide:
1. the versions of all tables are read, of one moment,
2. each is tagged, so that no clean-up frees it,
3. one row with all of them is added to the table `releases`.
Before 3 the release does not exist, after it all of it does. Promoting is one more commit on that row, and readers
resolve `latest` by reading one version of `releases`: they see all of the old or all of the new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from os import PathLike
from typing import Any

import pyarrow as pa
from lancedb.table import LanceTable

from resources.index.errors import IndexStoreError, ReleaseMissing, TableDamaged, TableMissing
from resources.index.schema import DATA_TABLES, DOCUMENTS, ELEMENTS, IMAGES, RELEASES
from resources.index.store import explained, literal, one_of, retrying
from resources.index.tables import Tables, open_tables

TAG_PREFIX = "release-"
LATEST = "latest"
GRACE = timedelta(days=1)
"""Between a release leaving the list and its files being freed: readers that hold it go on for that long."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Release:
    """A row of the table `releases`. `versions` has a version per table; `promotions` every time it became latest."""

    name: str
    created_at: datetime
    promotions: tuple[datetime, ...]
    versions: Mapping[str, int]
    metrics: Mapping[str, Any]
    settings: Mapping[str, Any]
    note: str | None = None

    @property
    def promoted_at(self) -> datetime | None:
        """When it last became latest; None for a candidate."""
        return self.promotions[-1] if self.promotions else None


@dataclass(frozen=True)
class OpenRelease:
    """A release with its tables, each at the version that it pins: nothing a writer does changes what is read here."""

    tables: Tables = field(repr=False)
    release: Release

    @property
    def name(self) -> str:
        return self.release.name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.release.settings

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.release.metrics

    @cached_property
    def elements(self) -> LanceTable:
        return self._open(ELEMENTS)

    @cached_property
    def documents(self) -> LanceTable:
        return self._open(DOCUMENTS)

    @cached_property
    def images(self) -> LanceTable:
        return self._open(IMAGES)

    def _open(self, name: str) -> LanceTable:
        try:
            return self.tables.open(name, version=self.release.versions[name])
        except (TableMissing, TableDamaged, IndexStoreError) as error:
            raise ReleaseMissing(
                f"release {self.name} pins version {self.release.versions[name]} of {name}, whose files were removed: "
                "promote another release (`codices releases`), or run `codices index` to cut a new one"
            ) from error


def list_releases(tables: Tables) -> list[Release]:
    """Every release, newest first. Empty where none was cut yet."""
    if RELEASES not in tables.names():
        return []
    with explained(f"reading the releases of {tables.uri}"):
        rows = tables.open(RELEASES).to_lance().to_table(filter="retired_at IS NULL").to_pylist()
    return sorted(map(_release, rows), key=lambda release: (release.created_at, release.name), reverse=True)


def _release(row: Mapping[str, Any]) -> Release:
    return Release(
        name=row["name"],
        created_at=row["created_at"],
        promotions=tuple(sorted(row["promotions"] or ())),
        versions=json.loads(row["versions"]),
        metrics=json.loads(row["metrics"]),
        settings=json.loads(row["settings"]),
        note=row["note"],
    )


def find_release(tables: Tables, wanted: str | datetime = LATEST) -> Release:
    """The release that `wanted` means: `latest`, a name, or the one that was latest at a time (a datetime, or an ISO
    8601 string that is no release's name; without an offset it is UTC).

    Raises ReleaseMissing with the names there are.
    """
    releases = list_releases(tables)
    by_name = {release.name: release for release in releases}
    if isinstance(wanted, str) and wanted != LATEST:
        if wanted in by_name:
            return by_name[wanted]
        try:
            wanted = datetime.fromisoformat(wanted)
        except ValueError:
            known = ", ".join([*by_name][:10]) or "none was cut yet; run `codices index`"
            raise ReleaseMissing(f"{tables.uri} has no release {wanted!r} (there are: {known})") from None
    moment = datetime.max.replace(tzinfo=UTC) if isinstance(wanted, str) else wanted
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    past = [
        (max(m for m in r.promotions if m <= moment), r) for r in releases if any(m <= moment for m in r.promotions)
    ]
    if not past:
        candidates = f" (not promoted: {', '.join([*by_name][:10])})" if by_name else ""
        when = "" if isinstance(wanted, str) else f" at {moment.isoformat()}"
        raise ReleaseMissing(
            f"{tables.uri} has no release that was promoted{when}{candidates}. Run `codices index`, or promote one "
            "with `codices releases promote NAME`"
        )
    return max(past, key=lambda pair: pair[0])[1]


def open_release(
    uri: str | PathLike[str] | Tables,
    release: str | datetime = LATEST,
    storage_options: Mapping[str, str] | None = None,
) -> OpenRelease:
    """Open a release for reading; see `find_release` for what `release` may be. Raises ReleaseMissing."""
    tables = uri if isinstance(uri, Tables) else open_tables(uri, storage_options)
    return OpenRelease(tables, find_release(tables, release))


def cut_release(
    tables: Tables,
    name: str | None = None,
    *,
    metrics: Mapping[str, Any],
    settings: Mapping[str, Any],
    note: str | None = None,
    promote: bool = True,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Release:
    """Pin all tables as they are under `name` (default: the time, 2026-01-31T14-05-09Z) and make it latest.

    `metrics` and `settings` are kept as JSON. Raises IndexStoreError for a name that is taken or has other characters
    than letters, digits, dot, dash and underscore. Run it where no writer is in the middle of a shard.
    """
    created = now()
    taken = set(_all_names(tables))
    name = name or _free_name(created.strftime("%Y-%m-%dT%H-%M-%SZ"), taken)
    if name == LATEST or not _NAME.fullmatch(name):
        raise IndexStoreError(f"{name!r} cannot name a release: letters, digits, dot, dash and underscore can")
    if name in taken:
        raise IndexStoreError(f"release {name} exists already; names are not used twice")
    versions = tables.versions()
    with explained(f"cutting release {name} of {tables.uri}"):
        for table_name, version in versions.items():
            tags = tables.open(table_name).tags
            # A tag without a row is what a crash in the middle left: it is ours to move.
            (tags.update if TAG_PREFIX + name in tags.list() else tags.create)(TAG_PREFIX + name, version)
        row = {
            "name": name,
            "created_at": created,
            "promotions": [_next_promotion(tables, created)] if promote else [],
            "retired_at": None,
            "versions": json.dumps(versions),
            "metrics": json.dumps(metrics),
            "settings": json.dumps(settings),
            "note": note,
        }
        table = tables.open(RELEASES)
        rows = pa.Table.from_pylist([row], schema=pa.schema([each.remove_metadata() for each in table.schema]))
        result = retrying(
            lambda: tables.open(RELEASES).merge_insert("name").when_not_matched_insert_all().execute(rows)
        )
        if not result.num_inserted_rows:
            raise IndexStoreError(f"release {name} was cut by another run at the same moment; run again")
    return _release(row)


def _all_names(tables: Tables) -> list[str]:
    return tables.open(RELEASES).to_lance().to_table(["name"]).column("name").to_pylist()


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{number}" for number in range(2, len(taken) + 3) if f"{name}-{number}" not in taken)


def _next_promotion(tables: Tables, now: datetime) -> datetime:
    """`now`, or just after the last promotion where a clock was set back: the order of promotions must not depend on
    the clocks of several machines."""
    last = max((moment for release in list_releases(tables) for moment in release.promotions), default=None)
    return now if last is None or now > last else last + timedelta(microseconds=1)


def promote(tables: Tables, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Release:
    """Make release `name` what `latest` means; a rollback is promoting an older one. One commit.

    Opens every table first: raises ReleaseMissing, and promotes nothing, where the release's files are gone.
    """
    release = find_release(tables, name)
    opened = OpenRelease(tables, release)
    for table in (opened.elements, opened.documents, opened.images):
        table.count_rows()

    def commit() -> None:
        moments = [*find_release(tables, name).promotions, _next_promotion(tables, now())]
        table = tables.open(RELEASES)
        # An UPDATE has no literal for a list of timestamps; a merge takes the row as it is.
        row = table.to_lance().to_table(filter=f"name = {literal(name)}")
        column = row.schema.get_field_index("promotions")
        changed = row.set_column(column, row.schema.field(column), pa.array([moments], row.schema.field(column).type))
        schema = pa.schema([each.remove_metadata() for each in table.schema])
        table.merge_insert("name").when_matched_update_all().execute(changed.cast(schema))

    with explained(f"promoting release {name} of {tables.uri}"):
        retrying(commit)
    return find_release(tables, name)


def retire(
    tables: Tables, keep: int, max_age: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[str]:
    """Take releases out of the list that are neither among the `keep` newest nor younger than `max_age`, and free
    those that left it longer than GRACE ago. Latest, and what was latest before it, always stay.

    Returns the names taken out. Their versions are freed by the clean-up of `maintenance.py`, once their tags are.
    """
    releases = list_releases(tables)
    promoted = sorted((r for r in releases if r.promotions), key=lambda r: r.promotions[-1], reverse=True)
    kept = {release.name for release in (*releases[:keep], *promoted[:2])}
    old = [r.name for r in releases if r.name not in kept and r.created_at < now() - max_age]
    with explained(f"retiring releases of {tables.uri}"):
        if old:
            moment = now().strftime("timestamp '%Y-%m-%d %H:%M:%S'")
            retrying(lambda: tables.open(RELEASES).update(where=one_of("name", old), values_sql={"retired_at": moment}))
        _free(tables, now())
    return old


def _free(tables: Tables, now: datetime) -> None:
    """Untag what no release in the table needs: of releases retired longer than GRACE ago, and what a crash between
    tags and row left. Row first, then tags: a crash between leaves a tag, never a release without its files."""
    rows = tables.open(RELEASES).to_lance().to_table(["name", "retired_at"]).to_pylist()
    over = [row["name"] for row in rows if row["retired_at"] and row["retired_at"] < now - GRACE]
    if over:
        retrying(lambda: tables.open(RELEASES).delete(one_of("name", over)))
    needed = {row["name"] for row in rows} - set(over)
    for name in DATA_TABLES:
        dataset = tables.open(name).to_lance()
        for tag, found in dataset.tags.list().items():
            made = found["created_at"]
            # Young tags may be those of a release that is being cut at this moment.
            settled = tag.removeprefix(TAG_PREFIX) in over or (made is not None and made < now - GRACE)
            if tag.startswith(TAG_PREFIX) and tag.removeprefix(TAG_PREFIX) not in needed and settled:
                dataset.tags.delete(tag)
