from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from codices.resources.index.building import build_indexes
from codices.resources.index.errors import IndexStoreError, ReleaseMissing, TableDamaged, TableMissing
from codices.resources.index.releases import (
    GRACE,
    cut_release,
    find_release,
    list_releases,
    open_release,
    pins_todays_tables,
    promote,
    retire,
    retire_unreadable,
)
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.index_options import IndexOptions
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    made = open_tables(tmp_path / "lancedb")
    made.ensure(DIMENSION, DIMENSION)
    return made


def fill(tables: Tables, number: int) -> None:
    tables.replace_shard("elements", "00", elements("00", number))
    tables.add_images(images("00", number))
    tables.replace_shard("documents", "00", documents("00", number))


def test_a_release_shows_what_it_was_cut_from_whatever_is_written_later(tables: Tables) -> None:
    fill(tables, 30)
    cut_release(tables, "first", metrics={"ndcg": 0.5}, settings={"profile": "embedded"})
    fill(tables, 10)
    opened = open_release(tables.uri)
    assert (opened.name, opened.metrics, opened.settings) == ("first", {"ndcg": 0.5}, {"profile": "embedded"})
    assert (opened.elements.count_rows(), opened.documents.count_rows("state = 'indexed'")) == (30, 6)
    cut_release(tables, "second", metrics={}, settings={})
    assert open_release(tables.uri).elements.count_rows() == 10
    assert open_release(tables.uri, "first").elements.count_rows() == 30
    assert opened.elements.count_rows() == 30


def test_a_candidate_is_kept_and_read_by_name_only(tables: Tables) -> None:
    fill(tables, 10)
    cut_release(tables, "candidate", metrics={}, settings={}, promote=False)
    with pytest.raises(ReleaseMissing, match="not promoted: candidate"):
        open_release(tables.uri)
    assert open_release(tables.uri, "candidate").elements.count_rows() == 10
    promote(tables, "candidate")
    assert open_release(tables.uri).name == "candidate"


def test_rollback_is_promoting_an_older_one_and_a_time_finds_what_readers_saw(tables: Tables) -> None:
    fill(tables, 10)
    clock = iter(NOON + timedelta(hours=hour) for hour in range(10))
    cut_release(tables, "a", metrics={}, settings={}, now=lambda: next(clock))
    cut_release(tables, "b", metrics={}, settings={}, now=lambda: next(clock))
    promote(tables, "a", now=lambda: next(clock))
    assert find_release(tables).name == "a"
    assert find_release(tables, NOON + timedelta(minutes=30)).name == "a"
    assert find_release(tables, NOON + timedelta(minutes=90)).name == "b"
    assert find_release(tables, "2026-03-01T14:30:00+00:00").name == "a"
    with pytest.raises(ReleaseMissing, match=r"no release that was promoted at 2026-02.* the first, a,"):
        find_release(tables, "2026-02-01")
    # A clock that was set back does not undo a promotion.
    promote(tables, "b", now=lambda: NOON - timedelta(days=1))
    assert find_release(tables).name == "b"


def test_names(tables: Tables) -> None:
    first = cut_release(tables, metrics={}, settings={}, now=lambda: NOON)
    second = cut_release(tables, metrics={}, settings={}, now=lambda: NOON)
    assert (first.name, second.name) == ("2026-03-01T12-00-00Z", "2026-03-01T12-00-00Z-2")
    with pytest.raises(IndexStoreError, match="exists already"):
        cut_release(tables, first.name, metrics={}, settings={})
    for name in ("latest", "a/b", "", "-x"):
        if name:
            with pytest.raises(IndexStoreError, match="cannot name"):
                cut_release(tables, name, metrics={}, settings={})
    with pytest.raises(ReleaseMissing, match="no release 'nix'"):
        find_release(tables, "nix")


def test_a_crash_between_the_tags_and_the_row_leaves_no_release_and_no_obstacle(tables: Tables) -> None:
    fill(tables, 10)
    tables.open("elements").tags.create("release-x", 1)
    assert list_releases(tables) == []
    cut_release(tables, "x", metrics={}, settings={})
    assert open_release(tables.uri, "x").elements.count_rows() == 10


def test_no_index_at_all_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ReleaseMissing, match="codices index"):
        open_release(tmp_path / "nothing")


def test_a_release_whose_files_were_removed_is_not_promoted(tables: Tables) -> None:
    fill(tables, 10)
    cut_release(tables, "a", metrics={}, settings={})
    fill(tables, 20)
    cut_release(tables, "b", metrics={}, settings={})
    shutil.rmtree(Path(tables.uri) / "images.lance")
    with pytest.raises(TableMissing, match=r"lost its table images.*--rebuild"):
        promote(tables, "a")
    assert find_release(tables).name == "b"


@pytest.mark.parametrize("kind", ["data", "_deletions", "_indices"])
def test_a_release_of_whose_files_one_is_gone_is_not_promoted(tables: Tables, kind: str) -> None:
    fill(tables, 10)
    build_indexes(tables, IndexOptions(sample=5))
    tables.open("elements").delete("element_id = '00-000001'")
    cut_release(tables, "a", metrics={}, settings={})
    fill(tables, 20)
    cut_release(tables, "b", metrics={}, settings={})
    promote(tables, "a")
    promote(tables, "b")
    needed = open_release(tables, "a").elements.to_lance()
    folder = Path(tables.uri) / "elements.lance"
    fragment = needed.get_fragments()[0]
    if kind == "_indices":
        shutil.rmtree(folder / kind / str(needed.describe_indices()[0].segments[0].uuid))
    elif kind == "data":
        (folder / kind / fragment.data_files()[0].path).unlink()
    else:
        next((folder / kind).glob("*")).unlink()
    with pytest.raises(ReleaseMissing, match="release a needs"):
        promote(tables, "a")
    assert open_release(tables).name == "b"


def test_a_release_never_shows_rows_of_a_table_that_was_made_anew(tables: Tables) -> None:
    fill(tables, 10)
    cut_release(tables, "a", metrics={}, settings={})
    fill(tables, 20)
    cut_release(tables, "b", metrics={}, settings={})
    promote(tables, "a")
    shutil.rmtree(Path(tables.uri) / "elements.lance")
    with pytest.raises(TableMissing, match="--rebuild"):
        tables.ensure(DIMENSION, DIMENSION)
    tables.ensure(DIMENSION, DIMENSION, rebuild=True)
    pinned = find_release(tables, "a").versions["elements"]
    while tables.open("elements").version < pinned:
        tables.replace_shard("elements", "00", elements("00", 5 + tables.open("elements").version))
    assert tables.open("elements", version=pinned).count_rows()
    with pytest.raises(ReleaseMissing, match="cut from another table elements"):
        _ = open_release(tables, "a").elements
    with pytest.raises(ReleaseMissing, match=r"files were removed.*codices index"):
        _ = open_release(tables, "b").elements
    assert not pins_todays_tables(tables, find_release(tables, "a"))
    assert retire_unreadable(tables) == ["b"], "latest stays, to be heard of"
    cut_release(tables, "c", metrics={}, settings={})
    assert retire_unreadable(tables) == ["a"]
    assert open_release(tables).elements.count_rows() == tables.open("elements").count_rows()
    assert pins_todays_tables(tables, find_release(tables))


def test_a_table_of_another_home_is_refused(tables: Tables, tmp_path: Path) -> None:
    other = open_tables(tmp_path / "other")
    other.ensure(DIMENSION, DIMENSION)
    for each, number in ((tables, 10), (other, 20)):
        fill(each, number)
        cut_release(each, "a", metrics={}, settings={})
    for name in ("elements", "documents", "images"):
        own, away = Path(tables.uri) / f"{name}.lance", tmp_path / "away"
        own.rename(away)
        shutil.copytree(Path(other.uri) / f"{name}.lance", own)
        with pytest.raises(TableDamaged, match=f"table {name} of another home"):
            getattr(open_release(tables), name)
        shutil.rmtree(own)
        away.rename(own)
    assert open_release(tables).elements.count_rows() == 10


def test_a_lost_table_of_releases_is_not_made_anew_in_silence(tables: Tables) -> None:
    fill(tables, 10)
    cut_release(tables, "a", metrics={}, settings={})
    shutil.rmtree(Path(tables.uri) / "releases.lance")
    for use in (
        lambda: tables.ensure(DIMENSION, DIMENSION),
        lambda: list_releases(tables),
        lambda: open_release(tables),
    ):
        with pytest.raises(TableMissing, match=r"lost its table releases.*history"):
            use()
    tables.ensure(DIMENSION, DIMENSION, rebuild=True)
    cut_release(tables, "b", metrics={}, settings={})
    assert open_release(tables).elements.count_rows() == 10


def test_a_time_still_tells_what_was_latest_when_that_release_is_retired(tables: Tables) -> None:
    fill(tables, 10)
    for day, name in enumerate("abcd"):
        cut_release(tables, name, metrics={"x": 1}, settings={}, now=lambda day=day: NOON + timedelta(days=day))
    cut_release(tables, "candidate", metrics={}, settings={}, promote=False, now=lambda: NOON)
    promote(tables, "a", now=lambda: NOON + timedelta(days=5))
    for days in (20, 22):  # retired, and freed
        retire(tables, keep=1, max_age=timedelta(days=1), now=lambda days=days: NOON + timedelta(days=days))
        with pytest.raises(ReleaseMissing, match=r"b was latest at 2026-03-03T00.* was retired 2026-03-21"):
            find_release(tables, NOON + timedelta(days=1.5))
        with pytest.raises(ReleaseMissing, match="release b was retired"):
            find_release(tables, "b")
    assert set(tables.open("elements").tags.list()) == {"release-a", "release-d"}
    assert find_release(tables, NOON + timedelta(days=0.5)).name == "a"
    assert find_release(tables, NOON + timedelta(days=3.5)).name == "d"


def test_retention_by_count_and_age_keeps_latest_and_frees_after_a_grace_time(tables: Tables) -> None:
    fill(tables, 10)
    for day in range(6):
        cut_release(tables, f"r{day}", metrics={}, settings={}, now=lambda day=day: NOON + timedelta(days=day))
    promote(tables, "r0", now=lambda: NOON + timedelta(days=6))
    now = NOON + timedelta(days=10)
    assert retire(tables, keep=2, max_age=timedelta(days=30), now=lambda: now) == []
    assert sorted(retire(tables, keep=2, max_age=timedelta(days=1), now=lambda: now)) == ["r1", "r2", "r3"]
    assert {release.name for release in list_releases(tables)} == {"r0", "r4", "r5"}
    # A reader that holds one goes on; its tags go with the next retention after the grace time.
    assert "release-r1" in tables.open("elements").tags.list()
    retire(tables, keep=2, max_age=timedelta(days=1), now=lambda: now + GRACE + timedelta(minutes=1))
    assert set(tables.open("elements").tags.list()) == {"release-r0", "release-r4", "release-r5"}
    # The name stays taken: it says what was latest at a time.
    with pytest.raises(IndexStoreError, match="not used twice"):
        cut_release(tables, "r1", metrics={}, settings={})
    # What a crash left between tags and row goes too, once it is too old to belong to a release being cut.
    tables.open("images").tags.create("release-crashed", 1)
    retire(tables, keep=20, max_age=timedelta(days=1), now=lambda: datetime.now(UTC))
    assert "release-crashed" in tables.open("images").tags.list()
    retire(tables, keep=20, max_age=timedelta(days=9999), now=lambda: datetime.now(UTC) + 2 * GRACE)
    assert set(tables.open("images").tags.list()) == {"release-r0", "release-r4", "release-r5"}


def test_promote_and_rollback_under_readers_give_no_error_and_no_mixture(tables: Tables) -> None:
    fill(tables, 30)
    cut_release(tables, "a", metrics={}, settings={})
    fill(tables, 10)
    cut_release(tables, "b", metrics={}, settings={})
    expected = {"a": (30, 6, 10), "b": (10, 2, 10)}
    seen: list[tuple[str, tuple[int, int, int]]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            opened = open_release(tables.uri)
            live = opened.documents.count_rows("state = 'indexed'")
            seen.append((opened.name, (opened.elements.count_rows(), live, opened.images.count_rows())))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(12):
        promote(tables, "ab"[turn % 2])
    stop.set()
    for reader in readers:
        reader.join()
    assert {name for name, _ in seen} == {"a", "b"}
    assert all(counts == expected[name] for name, counts in seen)
