"""`codices index`: list, plan, and run the same Dagster job that the UI runs, in this process."""

from __future__ import annotations

import gc
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from codices.pipelines.errors import RunFailed, error_chain, reason
from codices.pipelines.full_disk import full_disk_told
from codices.pipelines.interrupts import GOES_ON, on_interrupt
from codices.resources.extraction.run import preload
from codices.resources.foundation.scratch import in_scratch, remove_scratch
from codices.resources.home.home import home_url, open_home, read_home
from codices.resources.reports.plan import Plan, make_plan
from codices.resources.settings.settings import Settings
from codices.resources.stages.healing import healed
from codices.resources.stages.listing import list_corpus, take_listing
from codices.resources.stages.releasing import check_tables, rebuild_tables
from codices.resources.stages.workspace import Progress, Workspace, no_progress
from codices.resources.workers.isolation import end_fork_server, start_fork_server

JOB = "index"  # of `codices.pipelines.jobs`, which is imported late


@dataclass
class Summary:
    """What one `codices index` did, as it is printed."""

    release: str | None
    documents: dict[str, int]
    elements: dict[str, int]
    seconds: float
    failures: list[dict[str, str]] = field(default_factory=list)
    run_id: str | None = None
    notes: list[str] = field(default_factory=list)  # e.g. why a candidate was not promoted

    def to_json(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "documents": self.documents,
            "elements": self.elements,
            "seconds": round(self.seconds, 2),
            "failures": self.failures,
            "run_id": self.run_id,
            "notes": self.notes,
        }


def plan_only(settings: Settings, *, force: bool = False, retry_failed: bool = False) -> Plan:
    """What a re-index would do. Leaves no trace where nothing was indexed yet. Raises what `plan_index` does."""
    with _in_scratch(settings), ExitStack() as stack:
        if read_home(settings) is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="codices-"))
            settings = settings.model_copy(update={"home": folder})
        return plan_index(settings, force=force, retry_failed=retry_failed)[1]


def plan_index(
    settings: Settings, *, force: bool = False, retry_failed: bool = False, rebuild: bool = False
) -> tuple[Workspace, Plan]:
    """List the corpus and find out what a re-index would do.

    Raises ListingError, MassDeletionError, HomeError, SettingsError; then a home that was not there is not made.
    """
    workspace = Workspace(settings, open_home(settings, create=False), force=force, retry_failed=retry_failed)
    if rebuild:
        rebuild_tables(workspace)
    check_tables(workspace)
    listing = healed(workspace, lambda: list_corpus(workspace))
    open_home(settings)  # from here on the home belongs to this corpus
    healed(workspace, lambda: take_listing(workspace, listing))
    return workspace, healed(workspace, lambda: make_plan(workspace))


def run_index(
    settings: Settings,
    *,
    force: bool = False,
    retry_failed: bool = False,
    rebuild: bool = False,
    progress: Progress = no_progress,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> Summary:
    """Bring the index up to date and cut a release. Does nothing, and says so, when nothing is stale.

    Raises RunFailed when a step fails or a disk is full, and KeyboardInterrupt when Dagster was interrupted in a step;
    what single documents do wrong is in the summary instead.
    """
    started = datetime.now(UTC)
    with _in_scratch(settings):
        progress("listing the corpus", 0, 0)
        workspace, plan = plan_index(settings, force=force, retry_failed=retry_failed, rebuild=rebuild)
        announce(plan)
        run_id = None
        if not plan.nothing_to_do:
            if plan.parses:
                start_fork_server(preload())  # what it imports takes as long as Dagster takes to start
            progress("starting Dagster", 0, 0)
            run_id = _materialize(workspace, plan, progress)
        return _summary(workspace, run_id, started)


@contextmanager
def _in_scratch(settings: Settings) -> Iterator[None]:
    """Around all that a run does: nothing temporary stays when it is interrupted, a full disk is told in one line."""
    with (
        full_disk_told(settings),
        on_interrupt(end_fork_server),
        on_interrupt(remove_scratch),
        in_scratch(home_url(settings)),
    ):
        yield


def _materialize(workspace: Workspace, plan: Plan, progress: Progress) -> str:
    """One run over the range from the first to the last stale shard; those between that are fresh cost an event in
    Dagster. Where only a release is due, the first shard stands for it."""
    from codices.pipelines.instance import history_held_open, log_tails_ignore_interrupts, prepare_instance

    folder = prepare_instance(workspace.settings)
    import dagster as dg

    from codices.assets.corpus import NAME as CORPUS
    from codices.assets.corpus import plan_metadata
    from codices.assets.documents import LISTING_TAG
    from codices.pipelines.definitions import build_definitions
    from codices.pipelines.provenance import seen_by_the_ui, tags_of_run
    from codices.pipelines.run_locks import executing, process_tag

    shards, run_id = plan.stale or workspace.home.shard_keys[:1], str(uuid.uuid4())
    tags = {
        **tags_of_run(workspace, plan, _command(workspace)),
        "dagster/asset_partition_range_start": shards[0],
        "dagster/asset_partition_range_end": shards[-1],
        LISTING_TAG: "recorded",
        **process_tag(run_id),
    }
    run_config = {
        "resources": {"codices": {"config": {"force": workspace.force, "retry_failed": workspace.retry_failed}}},
        "loggers": {"console": {"config": {"log_level": os.environ.get("LOG_LEVEL", "CRITICAL")}}},
    }
    gc.freeze()  # the libraries' objects: each full collection would go through all of them again
    with (
        on_interrupt(partial(_cancel, run_id)),
        dg.DagsterInstance.get() as instance,
        history_held_open(folder),
        executing(instance, run_id),
        seen_by_the_ui(instance, JOB),
        log_tails_ignore_interrupts(),
    ):
        instance.report_runless_asset_event(dg.AssetObservation(CORPUS, metadata=plan_metadata(plan)))
        result = (
            build_definitions(progress, frozenset(plan.stale))
            .resolve_job_def(JOB)
            .execute_in_process(
                instance=instance, run_id=run_id, tags=tags, raise_on_error=False, run_config=run_config
            )
        )
    if not result.success:
        raise RunFailed("; ".join(_errors(result)) or "the run failed; see the UI for its log")
    return result.run_id


def _command(workspace: Workspace) -> str:
    """What a person would type for this run."""
    options = {"--force": workspace.force, "--retry-failed": workspace.retry_failed}
    return " ".join(["codices index", *(option for option, given in options.items() if given)])


def _cancel(run_id: str) -> None:
    """Tell Dagster that the run has ended, from another thread than the one that executes it."""
    import dagster as dg
    from sqlalchemy.exc import SQLAlchemyError

    # Where its storage cannot be written, the next run tells it.
    with suppress(OSError, SQLAlchemyError), dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_canceled(run, GOES_ON)
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def _errors(result: Any) -> list[str]:
    found = []
    for event in result.all_events:
        if event.is_step_failure:
            chain = error_chain(event.step_failure_data.error)
            if chain[-1].cls_name == "DagsterExecutionInterruptedError":
                raise KeyboardInterrupt
            found.append(f"{event.step_key}: {reason(chain)}")
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check: Any = event.asset_check_evaluation_data
            if not check.passed and check.severity.value == "ERROR":
                found.append(f"{check.check_name}: {check.description}")
    return found


def _summary(workspace: Workspace, run_id: str | None, started: datetime) -> Summary:
    from codices.resources.reports.status import document_counts, element_counts, failures, release_name, release_notes

    return Summary(
        release=release_name(workspace),
        documents=document_counts(workspace, run_id, started),
        elements=element_counts(workspace),
        seconds=(datetime.now(UTC) - started).total_seconds(),
        failures=failures(workspace),
        run_id=run_id,
        notes=release_notes(workspace) if run_id else [],
    )
