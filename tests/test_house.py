"""The house: imports go down only, no circles, no halls. A room is a folder with the files that lie in it directly."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

from benchmarks.house import DOCUMENT, DRAWING, FLOORS, QUERY, drawing, heights, imports, modules, room_of, rooms

FULLEST = 18
LONGEST = 9  # rooms of `resources` above one another

MODULES = modules()
IMPORTS = {name: imports(path, MODULES) - {name} for name, path in MODULES.items()}
ROOMS = rooms(MODULES, IMPORTS)


@pytest.mark.parametrize("graph", [IMPORTS, ROOMS], ids=["files", "rooms"])
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
    files = Counter(room_of(name, path) for name, path in MODULES.items() if path.name != "__init__.py")
    assert {room: count for room, count in files.items() if count > FULLEST} == {}
    assert files["codices.resources"] == 0, "resources/ has no loose files"


def test_the_house_is_not_too_high():
    ranks = heights({room: others for room, others in ROOMS.items() if room.startswith("codices.resources")})
    assert max(ranks.values()) <= LONGEST, sorted(ranks.items(), key=lambda each: each[1])


def test_pictures_are_opened_in_one_place():
    """Pillow's own way of opening tries every decoder, one of which starts Ghostscript."""
    opening = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "open" and ast.unparse(node.value) in ("Image", "PIL.Image")
    }
    assert opening == {"codices.resources.foundation.image_formats"}


def test_the_drawing_in_the_docs_shows_the_house_of_today():
    assert {f"codices.{room}" for room, _ in (*DOCUMENT, *QUERY)} <= ROOMS.keys()
    assert DRAWING.read_text(encoding="utf-8") == drawing(), "python -m benchmarks.house"
