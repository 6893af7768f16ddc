"""Who started a run and why, as tags; and that a run of this process belongs to the code location of the UI."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from codices.resources.reports.plan import Plan
from codices.resources.stages.workspace import Workspace

if TYPE_CHECKING:
    import dagster as dg

LOCATION = "codices"  # of the definitions, in every workspace.yaml of ours
MODULE = "codices.pipelines.definitions"
_REPOSITORY = "__repository__"  # Dagster's name for what a `Definitions` holds
_CORPUS_CHARACTERS = 200
WHY_VARIABLE = "CODICES_WHY"  # for whom a process asks: the tag of its run says so


def tags_of_run(workspace: Workspace, plan: Plan, command: str) -> dict[str, str]:
    """Tags that people look for: who started the run, why, on which corpus, and what the plan said of it."""
    changed = ", ".join(f"{count} {state}" for state, count in plan.documents.items() if count and state != "same")
    return {
        "codices/who": who(),
        "codices/why": os.environ.get(WHY_VARIABLE, command),
        "codices/corpus": workspace.home.corpus[-_CORPUS_CHARACTERS:],
        "codices/documents": changed or "none changed",
    }


def who() -> str:
    """`user@host`, of this process; a number where the user has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in the password database
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@contextmanager
def seen_by_the_ui(instance: dg.DagsterInstance, job: str) -> Iterator[None]:
    """Within it, a run that is created in this process has the origin that one has that the UI starts. Without an
    origin the UI shows it neither under its job nor in its timeline, and cannot start it again."""
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.workspace.load import location_origin_from_module_name

    location = location_origin_from_module_name(MODULE, None, None, LOCATION)
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, _REPOSITORY), job)
    shadow: Any = instance  # execute_in_process has no parameter for it
    shadow.create_run_for_job = partial(instance.create_run_for_job, remote_job_origin=origin)
    try:
        yield
    finally:
        del shadow.create_run_for_job
