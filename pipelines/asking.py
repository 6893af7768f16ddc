"""Jobs that ask for an index run as a person does on the command line: one click, no shards to choose.

Each starts `codices index` in a process of its own, which plans what is to be done and does that in a run of the job
`index`. The run of the asking job shows what came of it.
"""

# Without `from __future__ import annotations`: Dagster reads the annotations of an op's config while it is made.

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from typing import Any

import dagster as dg
from pydantic import Field

from codices.pipelines.provenance import WHY_VARIABLE

_STOP_SECONDS = 15  # that `codices index` has to end by itself
_TOLD_LINES = 5  # of its standard error, where it failed


class IndexRequest(dg.Config):
    """What else to ask for."""

    confirm_deletions: bool = Field(
        default=False,
        description="Go on although many known documents are missing: they are really gone, not only out of reach.",
    )


def _asking_job(name: str, options: tuple[str, ...], description: str) -> dg.JobDefinition:
    @dg.op(name=f"ask_to_{name}", description=description)
    def ask(context: dg.OpExecutionContext, config: IndexRequest) -> None:
        confirmed = ("--confirm-deletions",) if config.confirm_deletions else ()
        summary = _index(context, name, *options, *confirmed)
        context.add_output_metadata(_shown(summary))

    @dg.job(name=name, description=description)
    def asking() -> None:
        ask()

    return asking


def _index(context: dg.OpExecutionContext, job: str, *options: str) -> dict[str, Any]:
    """The summary of `codices index`, whose progress is this step's. Raises dg.Failure with what it told."""
    command = [sys.executable, "-m", "codices.pipelines.commands.entry", "index", "--json", *options]
    why = {WHY_VARIABLE: f"job {job}, run {context.run_id[:8]}"}
    last = deque[str](maxlen=_TOLD_LINES)
    with tempfile.TemporaryFile() as out:  # a pipe that nobody reads yet would hold up a long list of failures
        process = subprocess.Popen(
            command,
            env={**os.environ, **why},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
        )
        try:
            assert process.stderr is not None
            for line in process.stderr:
                sys.stderr.write(line)
                last.append(line.strip())
            process.wait()
        finally:
            _stop(process)
        if process.returncode:
            raise dg.Failure("; ".join(last) or f"codices index ended with {process.returncode}", allow_retries=False)
        out.seek(0)
        return json.load(out)


def _stop(process: subprocess.Popen[str]) -> None:
    """Where this step is interrupted, so is the command; what it finished stays."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _shown(summary: dict[str, Any]) -> dict[str, Any]:
    run_id = summary["run_id"]
    return {
        "run": dg.MetadataValue.dagster_run(run_id) if run_id else "none: every document is indexed as it is",
        "release": summary["release"] or "none yet",
        **{f"documents {state}": count for state, count in summary["documents"].items()},
        **{f"{modality} elements": count for modality, count in summary["elements"].items()},
        "notes": "; ".join(summary["notes"]) or "none",
    }


ASKING = [
    _asking_job(
        "index_changed",
        (),
        "Indexes what is new, changed or gone since the last run, and cuts a release. As `codices index`.",
    ),
    _asking_job(
        "retry_failed",
        ("--retry-failed",),
        "Tries documents again that failed or have warnings, and indexes what changed: after a program was installed, "
        "or a limit was raised. As `codices index --retry-failed`.",
    ),
    _asking_job(
        "reindex_everything",
        ("--force",),
        "Hashes, parses, reads and embeds every file again, although nothing changed; takes as long as the first run. "
        "Rows that come out the same are not written again. As `codices index --force`.",
    ),
]
