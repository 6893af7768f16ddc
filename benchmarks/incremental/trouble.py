"""Runs that are killed at random moments, and runs that meet: whether readers get the rows of an undisturbed run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import lancedb
from lance import LanceDataset

from benchmarks.incremental.runs import CONSOLE, environment, index, rows, show, start
from benchmarks.small_corpus import edit, remove, rename, write_corpus
from codices.resources.index.releases import open_release
from codices.resources.index.tables import open_tables

Strike = Callable[["subprocess.Popen[bytes]", int], None]


def kills(folder: Path, documents: int, times: int) -> bool:
    """Runs that end as on a machine that loses power, at `times` random moments."""
    equal = interrupted_runs(folder, documents, times, _lose_power)
    return show("kill -9", [("rows as of an undisturbed run", f"{equal} of {times}", f"{times}", equal == times)])


def interrupted_runs(folder: Path, documents: int, times: int, strike: Strike, seed: int = 0, **settings: str) -> int:
    """`times` homes: in each `strike(process, number)` ends a run at a random moment of its length, and the next run
    finishes it. In turns that is a first run, an update (edits, moves, deletions), and an update whose corpus is then
    put back. Returns how many homes hold the rows of an undisturbed run; `settings` are variables of all runs."""
    corpus, before, after = folder / "corpus", folder / "before", folder / "after"
    write_corpus(corpus, documents)
    shutil.copytree(corpus, before)
    index(corpus, folder / "warm", shards=4, **settings)  # imports are read from the disk by the first run
    first, update = folder / "first", folder / "update"
    seconds = {"first run": index(corpus, first, shards=4, **settings).wall}
    edit(corpus, 0.2, seed=1)
    rename(corpus, 0.1, seed=2)
    remove(corpus, 0.1, seed=3)
    shutil.copytree(corpus, after)
    shutil.copytree(first, update)
    seconds["update"] = seconds["update taken back"] = index(corpus, update, shards=4, **settings).wall
    chance, equal, number = random.Random(seed), 0, 0
    kinds = [
        ("first run", None, before, first),
        ("update", first, after, update),
        ("update taken back", first, before, first),
    ]
    while number < times:
        kind, begun, finished, undisturbed = kinds[number % len(kinds)]
        home = folder / f"killed-{number}"
        if begun is not None:
            shutil.copytree(begun, home)
        _put(before if begun is None else after, corpus)
        moment = chance.uniform(0.5, seconds[kind])
        process = start(corpus, home, shards=4, **settings)
        time.sleep(moment)
        if process.poll() is not None:
            shutil.rmtree(home)
            continue
        strike(process, number)
        number += 1
        _put(finished, corpus)
        index(corpus, home, shards=4, **settings)
        same = rows(home) == rows(undisturbed)
        equal += same
        CONSOLE.print(f"{kind} ended after {moment:.1f} of {seconds[kind]:.1f} s: {'equal' if same else home}")
        if same:
            shutil.rmtree(home)
    return equal


def _lose_power(process: subprocess.Popen[bytes], number: int) -> None:
    """Kills the whole group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _put(source: Path, corpus: Path) -> None:
    """Make `corpus` what `source` is, modification times as well."""
    shutil.rmtree(corpus)
    shutil.copytree(source, corpus)


def contention(folder: Path, documents: int, rounds: int) -> bool:
    """Four processes re-index a part of the shards each, two more the same shard, while two readers search on. A
    document is seen half updated when its rows are not those that it had after one of the rounds."""
    corpus, home = folder / "corpus", folder / "home"
    write_corpus(corpus, documents)
    index(corpus, home, shards=8)
    whole = _documents(_live(home))
    processes = multiprocessing.get_context("spawn")  # Lance's threads do not survive a fork
    stop, faults = processes.Event(), processes.Queue()
    readers = [processes.Process(target=_read, args=(home, stop, faults)) for _ in range(2)]
    for reader in readers:
        reader.start()
    lost, busy = 0, 0
    for number in range(rounds):
        edit(corpus, 0.3, seed=100 + number)
        subprocess.run(
            [sys.executable, "-c", _LIST], env=_settings(corpus, home), check=True, capture_output=True, text=True
        )
        ranges = [("0", "1"), ("2", "3"), ("4", "5"), ("6", "7"), ("3", "3"), ("3", "3")]
        writers = [_materialize(corpus, home, first, last) for first, last in ranges]
        for writer in writers:
            _, error = writer.communicate()
            if writer.returncode:
                busy += 1
                CONSOLE.print(error[-2000:])
        index(corpus, home, shards=8)
        fresh = folder / f"fresh-{number}"
        index(corpus, fresh, shards=8)
        lost += rows(home) != rows(fresh)
        whole |= _documents(_live(home))
    stop.set()
    reads, wrong = 0, []
    for _ in readers:
        count, errors, seen = faults.get()
        reads, wrong = reads + count, wrong + errors
        wrong += [f"{doc_id} was seen with {len(hashes)} rows of no round" for doc_id, hashes in seen - whole]
    for reader in readers:
        reader.join()
    for fault in wrong[:10]:
        CONSOLE.print(fault)
    return show(
        f"6 writers and 2 readers, {rounds} rounds",
        [
            ("rounds whose rows differ from a fresh index", str(lost), "0", not lost),
            ("runs that failed", str(busy), "0", not busy),
            (f"reader errors or half documents in {reads} searches", str(len(wrong)), "0", not wrong and reads > 0),
        ],
    )


_LIST = """
from codices.pipelines.run import plan_index
from codices.resources.settings.settings import load_settings
plan_index(load_settings())
"""

_MATERIALIZE = """
import sys
from codices.pipelines.instance import prepare_instance
from codices.resources.settings.settings import load_settings
prepare_instance(load_settings())
import dagster as dg
from codices.assets.documents import LISTING_TAG
from codices.pipelines.definitions import build_definitions
from codices.resources.stages.workspace import no_progress
tags = {"dagster/asset_partition_range_start": sys.argv[1], "dagster/asset_partition_range_end": sys.argv[2],
        LISTING_TAG: "recorded"}
steps = ["documents", "text_blocks", "tables", "figures", "ocr_text", "elements", "embeddings", "index_rows"]
with dg.DagsterInstance.get() as instance:
    job = build_definitions(no_progress).resolve_job_def("index")
    selection = [dg.AssetKey(name) for name in steps]
    done = job.execute_in_process(instance=instance, tags=tags, asset_selection=selection, raise_on_error=False)
    for event in done.all_events:
        if event.is_step_failure:
            print(event.step_failure_data.error, file=sys.stderr)
    sys.exit(0 if done.success else 1)
"""


def _settings(corpus: Path, home: Path) -> dict[str, str]:
    return environment(CODICES_CORPUS=str(corpus), CODICES_HOME=str(home), CODICES_SHARDS="8")


def _materialize(corpus: Path, home: Path, first: str, last: str) -> subprocess.Popen[str]:
    keys = [_key(first), _key(last)]
    return subprocess.Popen(
        [sys.executable, "-c", _MATERIALIZE, *keys],
        env=_settings(corpus, home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _key(number: str) -> str:
    from codices.resources.corpus.corpus import shard_keys

    return shard_keys(8)[int(number)]


def _live(home: Path) -> LanceDataset:
    return lancedb.connect(str(home / "lancedb")).open_table("elements").to_lance()


def _documents(elements: LanceDataset) -> set[tuple[str, tuple[str, ...]]]:
    """Every document with the hashes of its rows."""
    found: dict[str, list[str]] = {}
    for row in elements.to_table(["doc_id", "row_hash"]).to_pylist():
        found.setdefault(row["doc_id"], []).append(row["row_hash"])
    return {(doc_id, tuple(sorted(hashes))) for doc_id, hashes in found.items()}


def _read(home: Path, stop: Event, faults: Any) -> None:
    """Searches releases, and looks at all documents in them and in the live table; reports (searches, errors, documents
    seen)."""
    errors: list[str] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    count = 0
    tables = open_tables(home / "lancedb")
    while not stop.is_set():
        try:
            release = open_release(tables)
            release.elements.search("relay", query_type="fts").limit(10).select(["element_id", "_score"]).to_list()
            documents = _documents(release.elements.to_lance())
            promised = release.documents.to_lance().to_table(["doc_id", "elements"]).to_pylist()
            held = {doc_id: len(hashes) for doc_id, hashes in documents}
            errors += [
                f"release {release.name}: another number of elements than {row} says"
                for row in promised
                if held.get(row["doc_id"], 0) != row["elements"]
            ]
            seen |= documents | _documents(_live(home))
            count += 1
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    faults.put((count, errors, seen))
