"""The built wheel in a project of somebody else that has folders named like ours: one name, `codices`, is enough."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROBE = """
import resources.tables, assets, pipelines
assert resources.tables.MINE and assets.MINE and pipelines.MINE
import codices
from codices import open_index
[hit] = open_index("home").search("how long is the grace period", limit=1).to_json()["hits"]
assert hit["path"] == "policy.md", hit
import codices.pipelines.definitions as definitions
assert definitions.defs.resolve_asset_graph().get_all_asset_keys()
print(codices.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        if name.startswith(("tests/", "benchmarks/", "examples/", "docs/")) or not (ROOT / name).exists():
            continue
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            target.symlink_to(os.readlink(ROOT / name))
        else:
            target.write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(pip, check=True)
    [built] = folder.glob("codices-*.whl")
    return built


def test_everything_lies_under_one_name(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"codices"}
    assert {"codices/pipelines/dagster.yaml", "codices/resources/encoders/weights/projection.safetensors"} <= set(names)


def test_it_works_beside_folders_of_the_same_names(wheel: Path, tmp_path: Path):
    project = tmp_path / "project"
    for name in ("resources", "assets", "pipelines"):
        (project / name).mkdir(parents=True)
        (project / name / "__init__.py").write_text("MINE = True\n")
    (project / "resources/tables.py").write_text("MINE = True\n")
    (project / "corpus").mkdir()
    (project / "corpus/policy.md").write_text("# Leave\n\nThe grace period is eleven days.\n")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin/python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))
    (site / "libraries.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )  # the dependencies, without our own checkout
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)

    def run(*command: str) -> str:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("CODICES_", "PYTHON"))}
        done = subprocess.run(
            [str(python), *command], cwd=project, env=clean | {"CODICES_SHARDS": "1"}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("-m", "codices.pipelines.commands.command_line", "index", "corpus", "--home", "home")
    assert "policy.md" in run(
        "-m", "codices.pipelines.commands.command_line", "search", "grace period", "--home", "home"
    )
    assert str(site) in run("-c", PROBE)
