"""What re-indexing costs against a first run: nothing changed, a little changed, another encoder, a larger corpus."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median

from safetensors.numpy import load_file, save_file

from benchmarks.incremental.runs import CONSOLE, Run, index, show, texts, versions
from benchmarks.small_corpus import edit, write_corpus
from codices.resources.encoders.common.embedded import PROJECTION


def generated(folder: Path, documents: int, rounds: int) -> bool:
    """The bars on `documents` small generated documents, of which 1 % get one section rewritten."""
    corpus = folder / "corpus"
    write_corpus(corpus, documents)

    def change(seed: int) -> int:
        return len(edit(corpus, 0.01, seed))

    return _changes(f"{documents} generated documents", corpus, folder / "home", change, rounds)


def real(folder: Path, source: Path, rounds: int) -> bool:
    """The bars on a copy of a real corpus, of which 1 % of the Markdown pages get a paragraph of their own."""
    corpus = folder / "corpus"
    shutil.copytree(source, corpus)
    pages = sorted(corpus.rglob("*.md"))
    step = max(1, round(0.01 * sum(path.is_file() for path in corpus.rglob("*"))))

    def change(seed: int) -> int:
        chosen = pages[seed * step :][:step]
        for page in chosen:
            words = f"Maintenance note {seed} of {page.stem}, which no other page has."
            page.write_bytes(page.read_bytes() + f"\n\n# Addendum {seed}\n\n{words}\n".encode())
        return len(chosen)

    return _changes(source.name, corpus, folder / "home", change, rounds)


def _changes(name: str, corpus: Path, home: Path, change: Callable[[int], int], rounds: int) -> bool:
    first = index(corpus, home)
    _print("first run", first)
    before = versions(home)
    idle = sorted((index(corpus, home) for _ in range(rounds)), key=lambda run: run.wall)[rounds // 2]
    _print("nothing changed", idle)
    quiet = versions(home) == before
    edited: list[Run] = []
    embedded: list[tuple[int, int]] = []  # texts, and texts that no element had before
    count = 0
    for seed in range(rounds):
        count, known = change(seed), texts(home)
        edited.append(index(corpus, home))
        embedded.append((edited[-1].units.get("text_vectors", 0), len(texts(home) - known)))
        _print(f"{count} changed", edited[-1])
    work = median(run.work for run in edited)
    exact = all(done == new for done, new in embedded) and all(run.indexed == count for run in edited)
    other = index(corpus, home, CODICES_ENCODERS__PROJECTION=str(_other_projection(home.parent)))
    _print("another image encoder", other)
    touched = [other.units.get(stage, 0) for stage in ("extractions", "readings", "text_vectors")]
    share = count / first.indexed
    return show(
        name,
        [
            ("nothing changed, wall time", f"{idle.wall / first.wall:.2%}", "<= 2 %", idle.wall <= 0.02 * first.wall),
            ("nothing changed, new versions", str(int(not quiet)), "0", quiet),
            (
                f"{share:.1%} changed, stage work",
                f"{work / first.work:.2%}",
                f"<= {share + 0.03:.1%}",
                work <= (share + 0.03) * first.work,
            ),
            (
                "texts embedded, of texts that are new",
                ", ".join(f"{done} of {new}" for done, new in embedded),
                "all, and no other",
                exact,
            ),
            (
                "image encoder: parsed, read, texts embedded",
                ", ".join(map(str, touched)),
                "0, 0, 0",
                touched == [0, 0, 0] and other.units.get("image_vectors", 0) > 0,
            ),
        ],
    )


def _other_projection(folder: Path) -> Path:
    """The committed layer, a little moved: another image encoder as far as anybody can tell."""
    weights = load_file(PROJECTION)
    path = folder / "projection.safetensors"
    save_file({name: values * 1.01 if values.ndim > 1 else values for name, values in weights.items()}, path)
    return path


def growth(folder: Path, sizes: list[int], changed: int, rounds: int) -> bool:
    """Stage work for the same changed documents in corpora of several sizes: each holds the smallest. The sizes take
    turns, so that a machine that slows down does so for all of them."""
    smallest: list[str] = []
    for size in sizes:
        paths = write_corpus(folder / f"corpus-{size}", size)
        smallest = smallest or paths
        _print(f"{size} documents, first run", index(folder / f"corpus-{size}", folder / f"home-{size}"))
    works: dict[int, list[float]] = {size: [] for size in sizes}
    for seed in range(rounds):
        for size in sizes:
            edit(folder / f"corpus-{size}", changed / len(smallest), seed, among=smallest)
            run = index(folder / f"corpus-{size}", folder / f"home-{size}")
            _print(f"{changed} of {size} changed", run)
            works[size].append(run.work)
    medians = [median(found) for found in works.values()]
    ratio = max(medians) / min(medians)
    seconds = ", ".join(f"{work:.1f} s" for work in medians)
    return show(
        f"{changed} changed documents in {', '.join(map(str, sizes))}",
        [("stage work, largest to smallest", f"{ratio:.2f} ({seconds})", "<= 1.2", ratio <= 1.2)],
    )


def dagster(folder: Path, documents: int, shards: int) -> bool:
    """What a full run over many shards takes beside the work of its stages."""
    corpus = folder / "corpus"
    write_corpus(corpus, documents)
    run = index(corpus, folder / "home", shards)
    _print(f"{documents} documents over {shards} shards", run)
    bar = 10 + 0.05 * run.wall
    return show(
        "Dagster", [("wall time less stage work", f"{run.overhead:.1f} s", f"{bar:.1f} s", run.overhead <= bar)]
    )


def _print(what: str, run: Run) -> None:
    CONSOLE.print(f"{what}: wall {run.wall:.1f} s, work {run.work:.1f} s, models {run.loading:.1f} s, {run.units}")
