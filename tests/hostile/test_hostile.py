"""Mutants of a seed in one corpus with untouched documents: `HOSTILE_SEED=7 pytest tests/hostile` draws others.

The variable does not start with CODICES_, since settings refuse names of that kind which they do not know.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.hostile.mutants import write_mutants
from tests.hostile.property import check_mutants, peak_alone, settings_for

SEED = int(os.environ.get("HOSTILE_SEED", "20261128"))
MUTANTS = 300  # thousands in `make bench-hostile`


@pytest.mark.timeout(900)
def test_no_mutant_hurts_the_documents_beside_it(tmp_path: Path):
    print(f"HOSTILE_SEED={SEED}")
    settings = settings_for(tmp_path / "model")
    alone = peak_alone(tmp_path / "alone", settings, timeout=200)
    outcome = check_mutants(tmp_path / "mutants", settings, SEED, range(MUTANTS), timeout=800, alone_mib=alone)
    assert not outcome.faults, f"HOSTILE_SEED={SEED}, files in {tmp_path}:\n" + "\n".join(outcome.faults)
    shutil.rmtree(tmp_path)  # kept where something broke


def test_a_mutant_is_the_same_whenever_and_beside_whatever_it_is_drawn(tmp_path: Path):
    """Without this, a seed that a failure prints could not be tried again."""
    together = write_mutants(tmp_path / "together", SEED, 60)
    alone = [mutant for number in range(60) for mutant in write_mutants(tmp_path / "alone", SEED, 1, number)]
    assert together == alone
    compared = [mutant for mutant in together if "->" in mutant.operation or ":" in mutant.operation]
    assert len(compared) > 30
    for mutant in compared:
        [first], [second] = (list((tmp_path / place / mutant.folder).iterdir()) for place in ("together", "alone"))
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes(), mutant
