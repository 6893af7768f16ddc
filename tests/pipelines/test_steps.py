"""How a step ends: tried again when the reason may pass, its cost recorded; checks that readers need stop a release."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from codices.pipelines.errors import RunFailed
from codices.pipelines.run import plan_index, run_index
from codices.resources.orchestration.codices_resource import Codices, Host
from codices.resources.settings.settings import load_settings
from tests.conftest import ROOT, codices_here


@pytest.mark.parametrize(
    ("error", "tries"), [(ConnectionResetError("lost"), 2), (PermissionError("not yours"), 1), (ValueError("a bug"), 1)]
)
def test_only_what_may_pass_is_tried_again(home: Path, tmp_path: Path, error: Exception, tries: int):
    (tmp_path / "corpus").mkdir()
    seen: list[int] = []

    @dg.op(required_resource_keys={"codices"})
    def step(context: dg.OpExecutionContext) -> None:
        with context.resources.codices.workspace(context):
            seen.append(context.retry_number)
            if len(seen) == 1:
                raise RuntimeError("while it was read") from error

    @dg.job(resource_defs={"codices": Codices(host=Host()).get_resource_definition()})
    def job() -> None:
        step()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODICES_CORPUS", str(tmp_path / "corpus"))
        assert job.execute_in_process(raise_on_error=False).success == (tries > 1)
    assert len(seen) == tries


def test_a_check_that_fails_stops_the_release(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "note.md").write_text("# Note\n\nThe relay keeps its sessions.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    first = run_index(load_settings())
    assert first.release

    for number in range(2):
        (corpus / f"broken-{number}.png").write_bytes(b"")
    _, plan = plan_index(load_settings())
    assert plan.documents["new"] == 2
    assert plan.minutes, "as long as the first run took, document by document"
    monkeypatch.setenv("CODICES_SAFETY__MAX_FAILED_SHARE", "0.5")
    with pytest.raises(RunFailed, match=r"2 of 3 documents failed, e\.g\. broken-0\.png.*safety\.max_failed_share"):
        run_index(load_settings())
    assert codices_here("status", "--home", home, "--json").json["release"] == first.release


def test_a_step_keeps_its_temporary_files_where_the_next_finds_those_of_a_killed_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As a run does that the UI or the daemon has started: in a process of its own, without `codices index`."""
    corpus, temporary = tmp_path / "corpus", tmp_path / "temporary"
    for folder in (corpus, temporary):
        folder.mkdir()
    script = """
import os, signal, sys, tempfile
import dagster as dg
from codices.resources.orchestration.codices_resource import Codices, Host

@dg.op
def step(context, codices: Codices):
    with codices.workspace(context):
        open(os.path.join(tempfile.mkdtemp(), "a page.png"), "w").close()
        if "killed" in sys.argv:
            os.kill(os.getpid(), signal.SIGKILL)

@dg.job(resource_defs={"codices": Codices(host=Host())})
def job():
    step()

assert job.execute_in_process().success
"""
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    monkeypatch.setenv("TMPDIR", str(temporary))
    for how, status, left in (("killed", -9, 1), ("unharmed", 0, 0)):
        done = subprocess.run([sys.executable, "-c", script, how], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == status, done.stderr.decode()
        assert len(list(temporary.rglob("a page.png"))) == left
