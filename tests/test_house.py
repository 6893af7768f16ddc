"""The house: imports go down only, no circles, no halls. A room is a folder with the files that lie in it directly."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLOORS = ("resources", "assets", "pipelines")  # from the ground up
FULLEST = 18
LONGEST = 9  # rooms of `resources` above one another


def _modules() -> dict[str, Path]:
    found = {}
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(("codices", *parts)).removesuffix(".__init__")] = path
    return found


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    """Modules of ours that a file imports, also inside functions and for type checkers only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found & MODULES.keys()


IMPORTS = {name: _imports(path) - {name} for name, path in MODULES.items()}


def _room(name: str) -> str:
    return name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]


def _rooms(floor: str = "") -> dict[str, set[str]]:
    rooms: dict[str, set[str]] = {_room(name): set() for name in MODULES}
    for name, imported in IMPORTS.items():
        rooms[_room(name)] |= {_room(other) for other in imported} - {_room(name)}
    return {room: others for room, others in rooms.items() if room.startswith(f"codices.{floor}")}


@pytest.mark.parametrize("graph", [IMPORTS, _rooms()], ids=["files", "rooms"])
def test_there_is_no_circle(graph: dict[str, set[str]]):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle: " + " <- ".join(error.args[1]))


def test_nothing_imports_what_stands_above_it():
    for below, above in pairwise(FLOORS):
        for name, imported in IMPORTS.items():
            if name.startswith(f"codices.{below}"):
                assert not [other for other in imported if other.startswith(f"codices.{above}")], name


def test_the_resources_do_their_work_without_dagster():
    room = "codices.resources.orchestration"
    below = [name for name in MODULES if name.startswith("codices.resources") and not name.startswith(room)]
    assert not [name for name in below if "import dagster" in MODULES[name].read_text(encoding="utf-8")]
    assert not [name for name in below if any(other.startswith(room) for other in IMPORTS[name])]


def test_no_room_is_a_hall():
    files = Counter(_room(name) for name, path in MODULES.items() if path.name != "__init__.py")
    assert {room: count for room, count in files.items() if count > FULLEST} == {}
    assert files["codices.resources"] == 0, "resources/ has no loose files"


def test_the_house_is_not_too_high():
    rooms = _rooms("resources")
    heights: dict[str, int] = {}
    for room in TopologicalSorter(rooms).static_order():
        heights[room] = 1 + max((heights[other] for other in rooms[room]), default=0)
    assert max(heights.values()) <= LONGEST, sorted(heights.items(), key=lambda each: each[1])


def test_pictures_are_opened_in_one_place():
    """Pillow's own way of opening tries every decoder, one of which starts Ghostscript."""
    opening = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "open" and ast.unparse(node.value) in ("Image", "PIL.Image")
    }
    assert opening == {"codices.resources.foundation.image_formats"}
