"""The property that holds whatever is in a corpus: the run ends well, each mutant is indexed or failed with a reason,
each untouched document is found, the memory of the main process is bounded, nothing is written outside the home."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import lancedb

from codices import open_index
from codices.resources.corpus.corpus import doc_id_of
from tests.conftest import EXAMPLES
from tests.hostile.mutants import Mutant, write_mutants
from tests.hostile.small_models import small_encoders
from tests.hostile.watched_index import Place, WatchedRun

PEAK_MIB = 1024.0  # of the main process, above what it takes for the untouched documents alone: libraries and models
# Documents of the example corpus that cost little, with words that stand in each of them alone.
UNTOUCHED = {
    "guide/faq.md": "private keys in an HSM",
    "guide/install.md": "Install",
    "html/rate-limiting.html": "ballast token bucket per key",
    "inventory/nodes.csv": "sluice-2 TG220-00432",
    "notices/CHANGELOG.txt": "fixed a leak of 4 KiB for every aborted HTTP/3 stream",
    "notices/TGSA-2026-0014.txt": "duplicate content-length headers request smuggling",
}
FOUND_WITHIN = 50  # hits: mutants of a document may come before it
_WORDS_ALONE = {"text_vector": 0.0}  # small encoders have vectors that say nothing
_UNEXPECTED = {"error", "crashed", "timeout", "out_of_memory"}  # kinds that a reader should have forestalled


@dataclass
class Outcome:
    """What one run over `mutants` broke; all lists are empty where the property holds. `unexpected` is no fault of
    the run: mutants that failed for a reason that their reader did not foresee, with the reason."""

    seed: int
    mutants: list[Mutant]
    run: WatchedRun
    alone_mib: float  # peak of a run over the untouched documents alone
    silent: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Every breach, in words that name seed, mutant, file and operation."""
        run = self.run
        found = [] if run.status == 0 else [f"the run ended with {run.status}: {run.output[-4000:]}"]
        found += [f"silent: {mutant}" for mutant in self.silent]
        found += [f"untouched, but not found: {path}" for path in self.missing]
        if run.peak_mib > self.alone_mib + PEAK_MIB:
            found.append(f"the main process took {run.peak_mib:.0f} MiB, {self.alone_mib:.0f} without the mutants")
        found += [f"written outside the home: {path}" for path in run.written]
        found += [f"temporary file left: {path}" for path in run.left_files]
        found += [f"process left: {command}" for command in run.left_processes]
        return [
            f"seed {self.seed}, mutants {self.mutants[0].number} to {self.mutants[-1].number}: {each}" for each in found
        ]


def settings_for(folder: Path) -> dict[str, str]:
    """The environment of a run over hostile files: small encoders, made in `folder`, on one thread, since a second one
    costs them more than it brings; and a limit for each document, so that one that never ends does not take all of the
    run's time."""
    return {"CODICES_EXTRACTION__TIMEOUT_SECONDS": "20", "OMP_NUM_THREADS": "1", **small_encoders(folder)}


def peak_alone(folder: Path, settings: Mapping[str, str], timeout: float) -> float:
    """MiB of the main process at its peak, for the untouched documents and nothing else."""
    place = Place(folder)
    write_untouched(place.corpus)
    return place.index("--shards", "4", timeout=timeout, **settings).peak_mib


def check_mutants(
    folder: Path, settings: Mapping[str, str], seed: int, numbers: range, timeout: float, alone_mib: float
) -> Outcome:
    """Index untouched documents together with the mutants of `seed` with these numbers, and look at everything that
    has to hold. `alone_mib`: from `peak_alone`."""
    place = Place(folder)
    write_untouched(place.corpus)
    mutants = write_mutants(place.corpus, seed, len(numbers), numbers.start)
    run = place.index("--shards", "4", timeout=timeout, **settings)
    outcome = Outcome(seed, mutants, run, alone_mib)
    if run.status == 0:
        _look_at_mutants(place.home, outcome)
        outcome.missing = missing_untouched(place.home)
    return outcome


def write_untouched(corpus: Path) -> None:
    for path in UNTOUCHED:
        (corpus / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXAMPLES / "corpus" / path, corpus / path)


def missing_untouched(home: Path) -> list[str]:
    """Untouched documents without an element, or that a search for their words does not find."""
    elements = lancedb.connect(str(home / "lancedb")).open_table("elements").to_lance()
    present = set(elements.to_table(["doc_id"])["doc_id"].to_pylist())
    missing = [f"{path} (no element)" for path in UNTOUCHED if doc_id_of(path) not in present]
    results = open_index(str(home)).search_many(
        list(UNTOUCHED.values()), limit=FOUND_WITHIN, level="document", weights=_WORDS_ALONE
    )
    for (path, words), hits in zip(UNTOUCHED.items(), results, strict=True):
        if path not in set(hits.table["path"].to_pylist()):
            missing.append(f"{path} (search for {words!r})")
    return missing


def _look_at_mutants(home: Path, outcome: Outcome) -> None:
    documents = lancedb.connect(str(home / "lancedb")).open_table("documents").to_lance()
    rows = documents.to_table(["path", "state", "error"]).to_pylist()
    by_folder = Counter(row["path"].split("/", 1)[0] for row in rows)
    operations = {mutant.folder: mutant.operation for mutant in outcome.mutants}
    for mutant in outcome.mutants:
        if by_folder[mutant.folder] < mutant.documents:
            outcome.silent.append(f"{mutant.folder} ({mutant.operation}): {by_folder[mutant.folder]} rows")
    for row in rows:
        operation = operations.get(row["path"].split("/", 1)[0])
        if row["state"] != "failed" or operation is None:
            continue
        error = row["error"] or {}
        if not (error.get("stage") and error.get("kind") and error.get("message")):
            outcome.silent.append(f"{row['path']} ({operation}): failed without a reason")
        elif error["kind"] in _UNEXPECTED:
            reason = f"{error['stage']}: {error['kind']}: {error['message'][:300]}"
            outcome.unexpected.append(f"{row['path']} ({operation}): {reason}")
