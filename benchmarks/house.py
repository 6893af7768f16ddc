"""The house as its imports make it: rooms, floors, and the ways of one document and one query through them.
`python -m benchmarks.house` draws docs/images/house.svg anew."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRAWING = ROOT / "docs/images/house.svg"
FLOORS = ("resources", "assets", "pipelines")  # from the ground up

DOCUMENT = (
    ("pipelines", "run.py: lists the corpus, plans, runs the Dagster job over the stale shards"),
    ("resources.corpus", "the files under the root, with a revision each"),
    ("resources.reports", "plan.py: what every stage would compute"),
    ("assets", "one file a stage: asks the stage to refresh a shard, and reports"),
    ("resources.orchestration", "the Dagster resource: the workspace of the run"),
    ("resources.stages", "what a shard wants, by fingerprint; what is missing is computed"),
    ("resources.store", "the stage store: what every stage has computed"),
    ("resources.workers", "a process that may crash, with limits"),
    ("resources.extraction.formats", "the file is parsed: blocks, tables, figures"),
    ("resources.ocr", "its pictures are read"),
    ("resources.elements", "chunks, tables and figures with the words they are found by"),
    ("resources.encoders", "text and image vectors"),
    ("resources.index", "the rows are committed, the indexes folded in, a release is cut"),
)
QUERY = (
    ("resources.search", "index.py: an opened release"),
    ("resources.search.query", "words, identifiers, phrases, filter and intent"),
    ("resources.encoders", "the vector of the query"),
    ("resources.search.ranking", "legs.py asks the tables; fusion.py merges by rank; grouping.py groups"),
    ("resources.index", "the tables of the release, pinned"),
)

_BOX, _HEIGHT, _GAP, _LEFT = 196, 44, 14, 24
_COLOURS = {"document": "#1f5fbf", "query": "#c2571a"}


def modules() -> dict[str, Path]:
    """`codices.…` name -> file, of everything on the three floors."""
    found = {}
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(("codices", *parts)).removesuffix(".__init__")] = path
    return found


def imports(path: Path, known: Mapping[str, Path]) -> set[str]:
    """Modules of ours that a file imports, also inside functions and for type checkers only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else node.module for name in names}
    return found & known.keys()


def room_of(name: str, path: Path) -> str:
    """The folder that a module lies in directly."""
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def rooms(known: Mapping[str, Path], imported: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Room -> the other rooms that its files import from."""
    found: dict[str, set[str]] = {room_of(name, path): set() for name, path in known.items()}
    for name, others in imported.items():
        here = room_of(name, known[name])
        found[here] |= {room_of(other, known[other]) for other in others} - {here}
    return found


def heights(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """How many rooms stand above one another down to the ground, the room included."""
    found: dict[str, int] = {}
    for room in TopologicalSorter(graph).static_order():
        found[room] = 1 + max((found.get(other, 0) for other in graph.get(room, ())), default=0)
    return found


def drawing() -> str:
    """The house as SVG: a box a room, rooms above those they import, and numbered stops of the two ways."""
    known = modules()
    graph = rooms(known, {name: imports(path, known) - {name} for name, path in known.items()})
    ground = {room: others for room, others in graph.items() if room.startswith("codices.resources.")}
    ranks = heights({room: others & ground.keys() for room, others in ground.items()})
    top, fullest = max(ranks.values()), max(Counter(ranks.values()).values())
    wide = 2 * _LEFT + 14 + fullest * (_BOX + 10)
    places: dict[str, tuple[int, int, int]] = {}  # room -> left, top, width
    full = wide - 2 * _LEFT
    for number, floor in enumerate(("pipelines", "assets")):
        places[floor] = (_LEFT, 16 + number * (_HEIGHT + _GAP), full)
    begin = 16 + 2 * (_HEIGHT + _GAP) + 34
    for rank in range(top, 0, -1):
        row = sorted(room.removeprefix("codices.") for room, height in ranks.items() if height == rank)
        for column, room in enumerate(row):
            places[room] = (_LEFT + 12 + column * (_BOX + 10), begin + (top - rank) * (_HEIGHT + _GAP), _BOX)
    bottom = begin + top * (_HEIGHT + _GAP)
    legend = bottom + 34
    total = legend + 22 * max(len(DOCUMENT), len(QUERY)) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {total}" font-family="sans-serif">',
        f'<rect width="{wide}" height="{total}" fill="#ffffff"/>',
        f'<rect x="{_LEFT}" y="{begin - 26}" width="{full}" height="{bottom - begin + 26}" rx="6" fill="#f4f5f7"/>',
        _text(_LEFT + 12, begin - 8, "resources: a room imports only from rooms below it", size=13, colour="#555555"),
        *(_box(room, place) for room, place in places.items()),
        *_stops(places),
        *_legend(_LEFT + 12, legend, "The way of one document", DOCUMENT, "document"),
        *_legend(wide // 2, legend, "The way of one query", QUERY, "query"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(room: str, place: tuple[int, int, int]) -> str:
    left, top, width = place
    name = room.removeprefix("resources.").replace(".", " / ")
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{_HEIGHT}" rx="5" fill="#ffffff" stroke="#8a8f98"/>'
        + _text(left + 10, top + 18, name, size=13)
    )


def _stops(places: Mapping[str, tuple[int, int, int]]) -> Iterator[str]:
    taken = dict.fromkeys(places, 0)
    for way, stops in (("document", DOCUMENT), ("query", QUERY)):
        for number, (room, _) in enumerate(stops):
            left, top, _ = places[room]
            yield _badge(left + 20 + taken[room] * 24, top + 31, _mark(way, number), way)
            taken[room] += 1


def _legend(left: int, top: int, title: str, stops: tuple[tuple[str, str], ...], way: str) -> Iterator[str]:
    yield _text(left, top, title, size=14, colour=_COLOURS[way])
    for number, (room, about) in enumerate(stops):
        line = top + 22 * (number + 1)
        yield _badge(left + 8, line - 4, _mark(way, number), way)
        yield _text(left + 24, line, f"{room.removeprefix('resources.').replace('.', '/')}: {about}", size=12)


def _mark(way: str, number: int) -> str:
    return str(number + 1) if way == "document" else "abcdefgh"[number]


def _badge(x: int, y: int, mark: str, way: str) -> str:
    label = f'<text x="{x}" y="{y + 4}" font-size="11" fill="#ffffff" text-anchor="middle">{mark}</text>'
    return f'<circle cx="{x}" cy="{y}" r="9.5" fill="{_COLOURS[way]}"/>{label}'


def _text(x: int, y: int, words: str, *, size: int, colour: str = "#1c1e21") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(words)}</text>'


if __name__ == "__main__":
    DRAWING.write_text(drawing(), encoding="utf-8")
