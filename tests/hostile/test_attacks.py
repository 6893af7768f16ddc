"""Files of kinds that harm other programs, all in one corpus with untouched documents."""

from __future__ import annotations

import shutil
from pathlib import Path

import lancedb
import pytest

from tests.hostile.attacks import ATTACKS
from tests.hostile.property import PEAK_MIB, missing_untouched, peak_alone, settings_for, write_untouched
from tests.hostile.watched_index import Place

READ = {"divs.html", "deep.json", "multiparts.eml", "repeated.odt", "font.pdf"}  # odd, and nothing that harms


@pytest.mark.timeout(900)
def test_no_attack_hurts_the_documents_beside_it(tmp_path: Path):
    settings = settings_for(tmp_path / "model")
    alone = peak_alone(tmp_path / "alone", settings, timeout=200)
    place = Place(tmp_path / "attacked")
    write_untouched(place.corpus)
    folder = place.corpus / "attacks"
    folder.mkdir()
    for name, attack in ATTACKS.items():
        (folder / name).write_bytes(attack())
    (folder / "folders").mkdir()
    (folder / "folders/loop").symlink_to("..")  # a folder that is its own inner one
    run = place.index("--shards", "4", timeout=700, **settings)
    assert run.status == 0, run.output[-4000:]
    documents = lancedb.connect(str(place.home / "lancedb")).open_table("documents").to_lance()
    rows = {row["path"]: row for row in documents.to_table(["path", "state", "error"]).to_pylist()}
    errors = {path: row["error"] for path, row in rows.items() if row["state"] == "failed"}
    assert {f"attacks/{name}" for name in ATTACKS} <= rows.keys()
    assert [path for path, error in errors.items() if not (error["kind"] and error["message"])] == []
    assert str(tmp_path) not in "".join(error["message"] for error in errors.values())
    assert not {f"attacks/{name}" for name in READ} & errors.keys()
    assert missing_untouched(place.home) == []
    assert run.peak_mib <= alone + PEAK_MIB
    assert (run.written, run.left_files, run.left_processes) == ([], [], [])
    assert "Traceback" not in run.output
    shutil.rmtree(tmp_path)  # kept where something broke
