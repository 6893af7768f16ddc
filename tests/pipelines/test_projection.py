"""The asset `projection`: trained on the home's own figures, once; using it re-embeds pictures and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from codices.pipelines.run import plan_index
from codices.resources.settings.settings import load_settings
from tests.conftest import EXAMPLES


def materialize() -> dict[str, dg.MetadataValue]:
    from codices.pipelines.definitions import defs

    done = defs.resolve_job_def("train_projection").execute_in_process()
    [observed] = done.get_asset_observation_events() or [None]
    if observed is not None:
        return dict(observed.asset_observation_data.asset_observation.metadata)
    [event] = done.get_asset_materialization_events()
    return dict(event.materialization.metadata)


def test_a_layer_trained_on_the_index_re_embeds_pictures_only(
    example_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(example_home, home)
    monkeypatch.setenv("CODICES_CORPUS", str(EXAMPLES / "corpus"))
    assert "not set" in str(materialize()["projection"].value)

    monkeypatch.setenv("CODICES_TRAINING__PAIRS", "index")
    monkeypatch.setenv("CODICES_TRAINING__SYNTHETIC", "36")
    monkeypatch.setenv("CODICES_TRAINING__SYNTHETIC_HELD_OUT", "18")
    monkeypatch.setenv("CODICES_TRAINING__FOLDS", "3")
    trained = materialize()
    layer = Path(str(trained["encoders.projection"].value))
    assert layer.is_relative_to(home)
    assert Path(str(trained["report"].value)).read_text().count("<figure>") >= 6
    before = layer.stat().st_mtime_ns
    assert materialize()["pairs"].value == trained["pairs"].value
    assert layer.stat().st_mtime_ns == before, "the same pairs: nothing was trained"

    assert plan_index(load_settings())[1].nothing_to_do
    monkeypatch.setenv("CODICES_ENCODERS__PROJECTION", str(layer))
    _, plan = plan_index(load_settings())
    work = {stage for stage, units in plan.compute.items() if units}
    assert work == {"image vectors", "index rows"}
