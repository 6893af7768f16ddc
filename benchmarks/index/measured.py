"""What every part needs: a filled index, times, memory, and a table on the terminal."""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from benchmarks.index.corpus import SHARDS, MadeVectors, element_batches
from codices.resources.index.tables import Tables, open_tables

CONSOLE = Console(width=150)


@contextmanager
def filled(rows: int, text: MadeVectors, dimension: int, image: MadeVectors | None = None) -> Iterator[Tables]:
    """Tables with `rows` elements in 16 shards, in a temporary home."""
    folder = Path(tempfile.mkdtemp(prefix="codices-bench-"))
    try:
        tables = open_tables(folder / "lancedb")
        tables.ensure(dimension, dimension if image else 8)
        for shard in range(SHARDS):
            count = rows // SHARDS + (shard < rows % SHARDS)
            schema, batches = element_batches(shard, count, text, image)
            tables.replace_shard("elements", f"{shard:02x}", pa.RecordBatchReader.from_batches(schema, batches))
        yield tables
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def percentiles(call: Callable[[int], object], number: int) -> tuple[float, float]:
    """p50 and p95 in milliseconds of `call(0)` … `call(number - 1)`, after five calls that do not count."""
    for warm in range(min(5, number)):
        call(warm)
    seconds = []
    for position in range(number):
        start = time.perf_counter()
        call(position)
        seconds.append(time.perf_counter() - start)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return float(p50), float(p95)


def peak_memory_gib() -> float:
    """Of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if table.columns else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{each:.3g}" if isinstance(each, float) else str(each) for each in row))
    CONSOLE.print(table)


def bar(text: str, holds: bool) -> None:
    """One line per bar: what was asked, and whether it held."""
    CONSOLE.print(f"[{'green' if holds else 'red'}]{'held  ' if holds else 'MISSED'}[/] {text}", highlight=False)
