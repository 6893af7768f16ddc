"""What bad files and very long ones do: each outcome by name, and the memory that it took."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.run import extract_documents
from codices.resources.foundation.failures import Failure
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.test_bad_inputs import FAILS, INDEXED

LONG = 619  # pages


def print_bad_inputs() -> None:
    """The list of bad inputs that the tests have, through the isolated workers in one run."""
    with tempfile.TemporaryDirectory() as folder, peak_memory() as peak:
        contents = {name: content for cases in (FAILS, INDEXED) for name, (content, *_) in cases.items()}
        for name, content in contents.items():
            Path(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name))).write_bytes(content)
        corpus = Corpus(folder)
        listed = [(file.path, None) for file in corpus.list()]
        outcomes = dict(extract_documents(corpus, listed, ExtractionOptions(timeout_seconds=60, workers=2)))
    print(f"\n{'bad input':44s} outcome")
    wrong = 0
    for path, outcome in sorted(outcomes.items()):
        failed = isinstance(outcome, Failure)
        expected = failed and outcome.kind in FAILS[path][1] if path in FAILS else not failed
        wrong += not expected
        shown = f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Failure) else "indexed"
        print(f"{ascii(path)[1:-1][:42]:44s} {shown[:100]}{'' if expected else '   NOT AS IT SHOULD BE'}")
    print(f"{len(outcomes)} bad inputs, {wrong} not as they should be; peak memory of all workers {peak():.2f} GiB")


def print_long_document() -> None:
    """A born-digital PDF of 619 pages with a table on every tenth."""
    with tempfile.TemporaryDirectory() as folder:
        write_long(Path(folder) / "long.pdf")
        corpus = Corpus(folder)
        [file] = corpus.list()
        started = time.monotonic()
        with peak_memory() as peak:
            [(_, outcome)] = extract_documents(corpus, [(file.path, None)], ExtractionOptions())
        seconds = time.monotonic() - started
    if isinstance(outcome, Failure):
        raise SystemExit(f"long PDF: {outcome.message}")
    found = f"{len(outcome.pages)} pages, {len(outcome.tables)} tables of {LONG // 10 + 1}"
    print(f"\nlong PDF: {found}, {seconds:.1f} s, peak memory of all processes {peak():.2f} GiB")


def write_long(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(LONG):
        canvas.drawString(60, 800, "Handbook of the relay")
        for line in range(40):
            words = f"Line {line} of page {page}: the relay keeps session {page * 40 + line}."
            canvas.drawString(60, 770 - 14 * line, words)
        if page % 10 == 0:
            for row in range(5):
                for column in range(4):
                    canvas.rect(60 + column * 100, 80 + row * 20, 100, 20)
                    canvas.drawString(64 + column * 100, 86 + row * 20, f"{page}/{row}/{column}")
        canvas.drawString(300, 30, str(page + 1))
        canvas.showPage()
    canvas.save()


@contextmanager
def peak_memory() -> Iterator:
    """Yields a function that tells, after the block, the most that this process and its children held together, GiB:
    unique set sizes added up, ten times a second."""
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        own = psutil.Process()
        while not done.wait(0.1):
            held = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    held += process.memory_full_info().uss
                except psutil.Error:
                    continue
            peak = max(peak, held)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: peak / 2**30
    finally:
        done.set()
        watcher.join()
