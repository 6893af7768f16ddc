"""Releases: names that pin a version of every table. What readers open, and the only thing that they should.

LanceDB has no transaction over tables. A release is cut in an order that makes one commit decide:
1. the versions of all tables are read, of one moment,
2. each is tagged, so that no clean-up frees it,
3. one row with all of them is added to the table `releases`.
Before 3 the release does not exist, after it all of it does. Promoting is one more commit on that row, and readers
resolve `latest` by reading one version of `releases`: they see all of the old or all of the new.

A tag lies in its table. One that was made anew, or put back from an older backup, counts its versions from elsewhere
and has not the tag: the release says so instead of showing other rows under the same number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from lance import LanceDataset

from codices.resources.foundation.files import Folder, is_remote
from codices.resources.index.errors import IndexStoreError, ReleaseMissing, TableDamaged, TableMissing
from codices.resources.index.lance_store import explained, literal, one_of, retrying
from codices.resources.index.schema import DATA_TABLES, DOCUMENTS, ELEMENTS, IMAGES, RELEASES, TAG_PREFIX, metadata_of
from codices.resources.index.tables import Tables, open_tables

if TYPE_CHECKING:
    from lancedb.table import LanceTable

LATEST = "latest"
GRACE = timedelta(days=1)
"""Between a release leaving the list and its files being freed: readers that hold it go on for that long."""

_EMPTIED = '{"retired": true}'
_INSTEAD = "promote another release (`codices releases`), or run `codices index` to cut a new one"
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
    """A release with its tables, each at the version that it pins: nothing a writer does changes what is read here.

    `tagged` is False for tables as they are at this moment, which no release pins yet.
    """

    tables: Tables = field(repr=False)
    release: Release
    tagged: bool = field(default=True, repr=False)

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

    @cached_property
    def identity(self) -> str:
        """Of the home that the release belongs to."""
        return metadata_of(self.tables.dataset(RELEASES).schema)["home"]

    def _open(self, name: str) -> LanceTable:
        version = self.release.versions[name]
        try:
            table = self.tables.open(name, version=version)
            foreign = metadata_of(table.schema)["home"] != self.identity
            same = not self.tagged or _pins(name, table.to_lance()).get(self.name) == version
        except (TableMissing, TableDamaged) as error:
            self.tables.check_complete()  # where all of a table is gone, no new release helps: what `index` says, too
            raise ReleaseMissing(
                f"release {self.name} pins version {version} of {name}, whose files were removed: {_INSTEAD}"
            ) from error
        if foreign:
            raise TableDamaged(
                f"{self.tables.uri} holds the table {name} of another home: put this home's own back from a backup, "
                "or move that one away and run `codices index --rebuild`, which writes it again"
            )
        if not same:
            raise ReleaseMissing(
                f"release {self.name} was cut from another table {name} than the one that is there now, which was "
                f"made anew or put back from an older backup: {_INSTEAD}"
            )
        return table


def _pins(name: str, dataset: LanceDataset) -> dict[str, int]:
    """Release -> the version of table `name` that it pins."""
    with explained(f"reading the tags of {name}"):
        tags = dataset.tags.list()
    return {tag.removeprefix(TAG_PREFIX): each["version"] for tag, each in tags.items() if tag.startswith(TAG_PREFIX)}


def pins_todays_tables(tables: Tables, release: Release) -> bool:
    """Whether `release` shows what every table holds now."""
    opened = [(name, tables.dataset(name)) for name in DATA_TABLES]
    return all(
        _pins(name, dataset).get(release.name) == release.versions[name] == dataset.version for name, dataset in opened
    )


def retire_unreadable(tables: Tables, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[str]:
    """Take releases out of the list that pin a table which is not there any more, and return their names. Latest
    stays: that it cannot be read is for a person to hear."""
    pins = {name: _pins(name, tables.dataset(name)) for name in DATA_TABLES}
    releases = list_releases(tables)
    latest = max((r for r in releases if r.promotions), key=lambda r: r.promotions[-1], default=None)
    lost = [
        release.name
        for release in releases
        if release is not latest and any(pins[name].get(release.name) != at for name, at in release.versions.items())
    ]
    if lost:
        with explained(f"retiring releases of {tables.uri}"):
            _take_out(tables, lost, now())
    return lost


def list_releases(tables: Tables) -> list[Release]:
    """Every release, newest first. Empty where none was cut yet; raises TableMissing where their table is gone."""
    if not _has_releases(tables):
        return []
    with explained(f"reading the releases of {tables.uri}"):
        rows = tables.dataset(RELEASES).to_table(filter="retired_at IS NULL").to_pylist()
    return sorted(map(_release, rows), key=lambda release: (release.created_at, release.name), reverse=True)


def _has_releases(tables: Tables) -> bool:
    if RELEASES in tables.names():
        return True
    tables.check_complete()
    return False


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

    Raises ReleaseMissing with the names there are, also where the one that is meant has been retired.
    """
    if not _has_releases(tables):
        raise ReleaseMissing(f"{tables.uri} has no release: none was cut yet; run `codices index`")
    with explained(f"reading the releases of {tables.uri}"):
        dataset = tables.dataset(RELEASES)
        rows = dataset.to_table(["name", "created_at", "promotions", "retired_at"]).to_pylist()
        rows.sort(key=lambda row: (row["created_at"], row["name"]), reverse=True)
        name = _meant(tables, rows, wanted)
        return _release(dataset.to_table(filter=f"name = {literal(name)}").to_pylist()[0])


def _meant(tables: Tables, rows: list[dict[str, Any]], wanted: str | datetime) -> str:
    """Name of the release that `wanted` means among `rows`, retired ones included: what was latest at a time stays
    what it was."""
    retired = {row["name"]: row["retired_at"] for row in rows if row["retired_at"]}
    listed = [row["name"] for row in rows if row["name"] not in retired]
    known = ", ".join(listed[:10])
    if isinstance(wanted, str) and wanted != LATEST:
        if wanted in listed:
            return wanted
        if wanted in retired:
            raise ReleaseMissing(f"release {wanted} was retired {retired[wanted]:%Y-%m-%d} (there are: {known})")
        try:
            wanted = datetime.fromisoformat(wanted)
        except ValueError:
            there = known or "none was cut yet; run `codices index`"
            raise ReleaseMissing(f"{tables.uri} has no release {wanted!r} (there are: {there})") from None
    promotions = sorted((moment, row["name"]) for row in rows for moment in row["promotions"] or ())
    if isinstance(wanted, str):
        if not promotions:
            candidates = f" (not promoted: {known})" if known else ""
            raise ReleaseMissing(
                f"{tables.uri} has no release that was promoted{candidates}. Run `codices index`, or promote one with "
                "`codices releases promote NAME`"
            )
        return promotions[-1][1]
    moment = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    before = [name for promoted, name in promotions if promoted <= moment]
    if not before:
        first = f"; the first, {promotions[0][1]}, was at {promotions[0][0].isoformat()}" if promotions else ""
        raise ReleaseMissing(f"{tables.uri} has no release that was promoted at {moment.isoformat()} or before{first}")
    if before[-1] in retired:
        raise ReleaseMissing(
            f"{before[-1]} was latest at {moment.isoformat()}, and was retired {retired[before[-1]]:%Y-%m-%d}: its "
            f"versions are kept no longer (there are: {known})"
        )
    return before[-1]


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
            tags = tables.dataset(table_name).tags
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
        schema = pa.schema([each.remove_metadata() for each in tables.dataset(RELEASES).schema])
        rows = pa.Table.from_pylist([row], schema=schema)
        result = retrying(
            lambda: tables.dataset(RELEASES).merge_insert("name").when_not_matched_insert_all().execute(rows)
        )
        if not result["num_inserted_rows"]:
            raise IndexStoreError(f"release {name} was cut by another run at the same moment; run again")
    return _release(row)


def _all_names(tables: Tables) -> list[str]:
    return tables.dataset(RELEASES).to_table(["name"]).column("name").to_pylist()


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

    Looks for every file first: raises ReleaseMissing, and promotes nothing, where one of the release's is gone.
    """
    release = find_release(tables, name)
    opened = OpenRelease(tables, release)
    for table in (opened.elements, opened.documents, opened.images):
        _check_files(release, table)

    def commit() -> None:
        moments = [*find_release(tables, name).promotions, _next_promotion(tables, now())]
        dataset = tables.dataset(RELEASES)
        # An UPDATE has no literal for a list of timestamps; a merge takes the row as it is.
        row = dataset.to_table(filter=f"name = {literal(name)}")
        column = row.schema.get_field_index("promotions")
        changed = row.set_column(column, row.schema.field(column), pa.array([moments], row.schema.field(column).type))
        schema = pa.schema([each.remove_metadata() for each in dataset.schema])
        dataset.merge_insert("name").when_matched_update_all().execute(changed.cast(schema))

    with explained(f"promoting release {name} of {tables.uri}"):
        retrying(commit)
    return find_release(tables, name)


def _check_files(release: Release, table: LanceTable) -> None:
    """Raises ReleaseMissing unless data, deletions and indexes of `table` are there; reads no more than their ends."""
    dataset = table.to_lance()
    try:
        with explained(f"looking for the files of {table.name}"):
            dataset.validate()
    except TableDamaged as error:
        raise ReleaseMissing(f"files that release {release.name} needs are gone or damaged: {error}") from error
    if is_remote(dataset.uri):
        return  # Lance lists no files of an index, and how to reach the store is for it to know
    folder = Folder(f"{dataset.uri}/_indices")
    lost = [
        index.name
        for index in dataset.describe_indices()
        if not all(folder.names(str(segment.uuid)) for segment in index.segments)
    ]
    if lost:
        raise ReleaseMissing(
            f"release {release.name} needs indexes of {table.name} whose files were removed ({', '.join(lost)}): "
            f"restore them from a backup, or {_INSTEAD}"
        )


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
            _take_out(tables, old, now())
        _free(tables, now())
    return old


def _take_out(tables: Tables, names: list[str], now: datetime) -> None:
    moment = now.strftime("timestamp '%Y-%m-%d %H:%M:%S'")
    retrying(lambda: tables.dataset(RELEASES).update({"retired_at": moment}, one_of("name", names)))


def _free(tables: Tables, now: datetime) -> None:
    """Untag what no release in the list needs: of releases retired longer than GRACE ago, and what a crash between
    tags and row left. Row first, then tags: a crash between leaves a tag, never a release without its files.

    Of a release that readers saw, the row stays with its promotions and without the rest: what was latest when.
    """
    rows = tables.dataset(RELEASES).to_table(["name", "promotions", "retired_at", "metrics"]).to_pylist()
    past = [row for row in rows if row["retired_at"] and row["retired_at"] < now - GRACE]
    over = [row["name"] for row in past]
    seen = [row["name"] for row in past if row["promotions"] and row["metrics"] != _EMPTIED]
    unseen = [row["name"] for row in past if not row["promotions"]]
    emptied = {"metrics": literal(_EMPTIED), "settings": literal("{}")}
    if seen:
        retrying(lambda: tables.dataset(RELEASES).update(emptied, one_of("name", seen)))
    if unseen:
        retrying(lambda: tables.dataset(RELEASES).delete(one_of("name", unseen)))
    needed = {row["name"] for row in rows} - set(over)
    for name in DATA_TABLES:
        dataset = tables.dataset(name)
        for tag, found in dataset.tags.list().items():
            made = found["created_at"]
            # Young tags may be those of a release that is being cut at this moment.
            settled = tag.removeprefix(TAG_PREFIX) in over or (made is not None and made < now - GRACE)
            if tag.startswith(TAG_PREFIX) and tag.removeprefix(TAG_PREFIX) not in needed and settled:
                dataset.tags.delete(tag)
