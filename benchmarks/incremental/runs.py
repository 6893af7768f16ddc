"""One `codices index` as a user starts it, and what it cost: wall time, seconds per step, units per stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import lancedb
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=150)
CODICES = str(Path(sys.executable).parent / "codices")
DATA_TABLES = ("documents", "elements", "images")


@dataclass(frozen=True)
class Run:
    """Seconds of a run. `work` is what its steps took without loading models, which is `loading`; `units` are what
    each stage computed."""

    wall: float
    work: float
    loading: float
    units: dict[str, int]
    indexed: int

    @property
    def overhead(self) -> float:
        """Of the run itself: the start of Python, listing, planning, Dagster's bookkeeping."""
        return self.wall - self.work - self.loading


def index(corpus: Path, home: Path, shards: int = 16, **settings: str) -> Run:
    """Re-index and report. Raises RuntimeError with the command's output when it fails."""
    record = home / "stages/work.json"
    record.unlink(missing_ok=True)  # so that it holds this run alone
    started = time.perf_counter()
    done = subprocess.run(
        [CODICES, "index", str(corpus), "--home", str(home), "--shards", str(shards), "--json"],
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr)
    entries = json.loads(record.read_text()) if record.exists() else {}
    totals = {name: [sum(column) for column in zip(*rows, strict=True)] for name, rows in entries.items()}
    return Run(
        wall=wall,
        work=sum(seconds for name, (_, seconds) in totals.items() if name.startswith("asset ")),
        loading=totals.get("loading models", [0, 0.0])[1],
        units={name: units for name, (units, _) in totals.items() if not name.startswith("asset ")},
        indexed=json.loads(done.stdout)["documents"]["indexed"],
    )


def start(corpus: Path, home: Path, shards: int = 16, **settings: str) -> subprocess.Popen[bytes]:
    """The same in the background."""
    return subprocess.Popen(
        [CODICES, "index", str(corpus), "--home", str(home), "--shards", str(shards), "--json"],
        env=environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def environment(**settings: str) -> dict[str, str]:
    """This process's without what would name another home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CODICES_", "DAGSTER_"))}
    return kept | settings


def rows(home: Path) -> dict[str, list[tuple[str, ...]]]:
    """What readers get, in a fixed order: elements with the hash of their row, pictures, documents but tombstones."""
    database = lancedb.connect(str(home / "lancedb"))
    columns = {
        "elements": ["element_id", "doc_id", "path", "row_hash"],
        "images": ["image_id"],
        "documents": ["doc_id", "path", "content_hash", "state"],
    }
    return {
        name: sorted(
            tuple(str(value) for value in row.values())
            for row in database.open_table(name).to_lance().to_table(wanted).to_pylist()
            if row.get("state") != "gone"
        )
        for name, wanted in columns.items()
    }


def texts(home: Path) -> set[str]:
    """Keys of everything that the elements have a text vector of."""
    table = lancedb.connect(str(home / "lancedb")).open_table("elements").to_lance().to_table(["content_key"])
    return set(table["content_key"].to_pylist())


def versions(home: Path) -> dict[str, int]:
    """Version of every table."""
    database = lancedb.connect(str(home / "lancedb"))
    return {name: database.open_table(name).version for name in (*DATA_TABLES, "releases")}


def show(title: str, found: list[tuple[str, str, str, bool]]) -> bool:
    """Prints (what, measured, bar, holds) as a table; returns whether all hold."""
    table = Table("", "measured", "bar", "", title=title, title_justify="left")
    for what, measured, bar, holds in found:
        table.add_row(what, measured, bar, "[green]holds[/]" if holds else "[red]missed[/]")
    CONSOLE.print(table)
    return all(holds for *_, holds in found)
