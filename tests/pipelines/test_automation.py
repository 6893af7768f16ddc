"""What the automation condition requests after an observation: exactly the stale shards, every stage of them, once."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from codices.resources.corpus.corpus import shard_keys, shard_of
from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from tests.conftest import SHARDS

PARTITIONED = {"documents", "text_blocks", "tables", "figures", "ocr_text", "elements", "embeddings", "index_rows"}
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
WHOLE = {"search_indexes", "calibration", "retrieval", "retrieval_metrics", "release"}


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(12):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe relay keeps {number} sessions.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


class Ticks:
    """The sensor's evaluations, one after the other; a run it asks for is done before the next."""

    def __init__(self, defs: dg.Definitions, instance: dg.DagsterInstance):
        self.defs, self.instance, self.cursor = defs, instance, None
        self.requested()  # switched on: takes stock, asks for nothing

    def requested(self) -> dict[str, set[str] | int]:
        """Asset -> shards that the next tick requests; 1 for an asset without shards; none for the rest."""
        result = dg.evaluate_automation_conditions(defs=self.defs, instance=self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        found: dict[str, set[str] | int] = {
            name: {str(shard) for shard in result.get_requested_partitions(dg.AssetKey(name))}
            for name in PARTITIONED
            if result.get_num_requested(dg.AssetKey(name))
        }
        return found | {name: 1 for name in WHOLE if result.get_num_requested(dg.AssetKey(name))}

    def run(self, names: set[str], shards: list[str] | None = None, succeeds: bool = True) -> dg.ExecuteInProcessResult:
        tags = {} if shards is None else {RANGE[0]: shards[0], RANGE[1]: shards[-1]}
        job = self.defs.resolve_job_def("index")
        selection = [dg.AssetKey(name) for name in names]
        done = job.execute_in_process(
            instance=self.instance, tags=tags, asset_selection=selection, raise_on_error=succeeds
        )
        assert done.success == succeeds
        return done


def test_an_observation_leads_to_exactly_the_stale_shards_and_one_release_until_that_is_done(home: Path, corpus: Path):
    from codices.pipelines.definitions import defs

    every = shard_keys(SHARDS)
    with dg.DagsterInstance.ephemeral() as instance:
        observe = defs.resolve_job_def("observe_corpus")
        ticks = Ticks(defs, instance)
        assert observe.execute_in_process(instance=instance).success
        assert ticks.requested() == {key: set(every) for key in PARTITIONED}
        ticks.run(PARTITIONED, every)
        assert ticks.requested() == dict.fromkeys(WHOLE, 1), "index, metrics and release follow once"
        [indexed] = ticks.run(WHOLE).asset_materializations_for_node("search_indexes")
        assert indexed.metadata["elements unindexed"].value == 0
        assert indexed.metadata["documents fragments"].value
        assert ticks.requested() == {}

        [confirmed] = observe.execute_in_process(instance=instance).get_asset_materialization_events()
        assert confirmed.asset_key == dg.AssetKey("release"), "it is current, though nothing was written"
        assert ticks.requested() == {}, "nothing changed, nothing is asked for"

        (corpus / "note-3.md").write_text("# Note 3\n\nThe relay was replaced.\n")
        stale = shard_of("note-3.md", SHARDS)
        assert not observe.execute_in_process(instance=instance).get_asset_materialization_events()
        assert ticks.requested() == {key: {stale} for key in PARTITIONED}
        ticks.run(PARTITIONED, [stale])
        assert ticks.requested() == dict.fromkeys(WHOLE, 1)

        # That run comes to nothing: not asked for with every tick, since it may fail for long, but once a listing.
        assert [ticks.requested(), ticks.requested()] == [{}, {}]
        assert observe.execute_in_process(instance=instance).success
        assert ticks.requested() == {key: {every[0]} for key in PARTITIONED}
        ticks.run(PARTITIONED, every[:1])
        assert ticks.requested() == dict.fromkeys(WHOLE, 1)
        ticks.run(WHOLE)

        (corpus / "note-3.md").write_text("# Note 3\n\nThe relay was taken away.\n")
        assert observe.execute_in_process(instance=instance).success
        assert ticks.requested() == {key: {stale} for key in PARTITIONED}
        documents, aside = home / "stages/documents", home / "aside"
        documents.rename(aside)
        documents.touch()  # nothing can be written there
        ticks.run(PARTITIONED, [stale], succeeds=False)
        documents.unlink()
        aside.rename(documents)
        assert [ticks.requested(), ticks.requested()] == [{}, {}]
        for _ in range(2):
            assert observe.execute_in_process(instance=instance).success
            assert ticks.requested() == {key: {stale} for key in PARTITIONED}
            assert ticks.requested() == {}
        ticks.run(PARTITIONED, [stale])
        assert ticks.requested() == dict.fromkeys(WHOLE, 1)
        ticks.run(WHOLE)
        assert observe.execute_in_process(instance=instance).success
        assert ticks.requested() == {}, "all is indexed"


def test_the_folder_sensor_asks_once_per_change_and_again_when_a_file_is_put_back(home: Path, corpus: Path):
    from codices.pipelines.sensors import corpus_folder_changed

    open_home(load_settings())
    note, cursor, asked = corpus / "note-1.md", None, []
    for move in (
        lambda: None,
        lambda: None,
        lambda: note.rename(home / "aside"),
        lambda: (home / "aside").rename(note),
    ):
        move()
        with dg.build_sensor_context(cursor=cursor) as context:
            result = corpus_folder_changed(context)
        assert isinstance(result, dg.SensorResult | dg.SkipReason)
        requests = result.run_requests or [] if isinstance(result, dg.SensorResult) else []
        asked.append([request.run_key for request in requests])
        cursor = result.cursor if isinstance(result, dg.SensorResult) else cursor
    assert asked == [[None], [], [None], [None]], "a run key would make Dagster take the last for the first"


def test_everything_that_starts_runs_by_itself_is_off_and_visible():
    from codices.pipelines.definitions import defs

    repository = defs.get_repository_def()
    schedules = {schedule.name for schedule in repository.schedule_defs}
    assert schedules == {"observe_corpus_on_cron", "check_freshness_hourly"}
    assert {sensor.name for sensor in repository.sensor_defs} >= {"reindex_stale", "corpus_folder_changed"}
    on = {
        each.name
        for each in (*repository.schedule_defs, *repository.sensor_defs)
        if each.default_status.value == "RUNNING"
    }
    assert on == {"dead_runs"}, "nothing else happens before somebody switches it on"
