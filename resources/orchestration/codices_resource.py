"""The Dagster resource `codices`: it opens the workspace of a run for the assets. Its fields are the run config that
the launchpad shows."""

# Without `from __future__ import annotations`: Dagster reads the annotations of a resource while its class is made.

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field, PrivateAttr

from codices.resources.foundation.document_log import about, lines_handler, lines_of_documents
from codices.resources.foundation.scratch import in_scratch
from codices.resources.foundation.transient import is_transient
from codices.resources.home.home import open_home
from codices.resources.settings.settings import Settings, load_settings
from codices.resources.settings.settings_error import SettingsError
from codices.resources.stages.healing import heal
from codices.resources.stages.workspace import Progress, Workspace, no_progress
from codices.resources.store.donors import Donors
from codices.resources.store.losses import Lost
from codices.resources.workers.isolation import kept_workers

_FIXED = {"corpus", "home", "shards"}
RETRIES = 3  # of a step that failed for a reason that may pass


def _unwatched(instance: dg.DagsterInstance, run_id: str) -> None:
    """Does nothing at the begin of a run."""


@dataclass(frozen=True)
class Host:
    """What only the process knows that executes a run: whom to tell how far a stage is, the shards that need anything
    (None: no plan was made), and what to do when the run begins, with its instance and id."""

    progress: Progress = no_progress
    stale: frozenset[str] | None = None
    begin: Callable[[dg.DagsterInstance, str], None] = _unwatched


class Codices(dg.ConfigurableResource):
    """The home of the index: its settings, corpus, stage store, tables and encoders."""

    force: bool = Field(
        default=False, description="Compute again although the fingerprints stand, and hash every file again."
    )
    retry_failed: bool = Field(
        default=False, description="Try documents again that failed, and those that have warnings."
    )
    settings: dict[str, Any] = Field(
        default={},
        description="Settings of this run, over codices.toml and CODICES_*: {extraction: {timeout_seconds: 600}}. "
        "Not corpus, home or shards, which the definitions were loaded with.",
    )
    host: dg.ResourceDependency[Host]
    _workspace: Workspace | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Tells the host that the run begins."""
        if context.instance is not None and context.run is not None:
            self.host.begin(context.instance, context.run.run_id)

    @contextmanager
    def workspace(self, context: Any) -> Iterator[Workspace]:
        """The workspace for the run of `context`.

        What the step costs is added to the home's record. A step that fails because of the network, or of another
        writer, is tried again after 4, 16 and 64 seconds; what it finished before stays. One that finds a file of the
        stages lost begins again once that was made anew. Temporary files lie in the home's scratch folder, whoever
        started the run, so that those of a killed one are found. Raises SettingsError and HomeError.
        """
        workspace = self._of_run(context.run.run_id)
        workspace.donors = Donors(workspace.store.manifest, workspace.home.shard_keys)  # the stage before has its own
        self.host.progress(_step(context).replace("_", " "), 0, 0)
        stopwatch = workspace.store.work.stopwatch()
        try:
            with in_scratch(workspace.home.url), kept_workers(), _lines(context.run.run_id, workspace.settings):
                yield workspace
        except Lost as loss:
            if context.retry_number >= RETRIES:
                raise
            context.log.warning(f"{loss}. It is made anew now")
            with kept_workers():
                heal(workspace, loss)
            raise dg.RetryRequested(RETRIES, seconds_to_wait=0) from loss
        except Exception as error:
            if is_transient(error):
                raise dg.RetryRequested(RETRIES, seconds_to_wait=4 ** (context.retry_number + 1)) from error
            raise
        else:
            workspace.store.work.add(f"asset {_step(context)}", 1, stopwatch())
        finally:
            workspace.store.work.save()

    def _of_run(self, run_id: str) -> Workspace:
        """One for all steps that this process executes of a run."""
        if self._workspace is None:
            settings = self._run_settings()
            self._workspace = Workspace(
                settings,
                open_home(settings),
                run_id=run_id,
                force=self.force,
                retry_failed=self.retry_failed,
                progress=self.host.progress,
            )
        return self._workspace

    def _run_settings(self) -> Settings:
        fixed = _FIXED & self.settings.keys()
        if fixed:
            raise SettingsError(f"{', '.join(sorted(fixed))} cannot be set for one run: the definitions depend on it")
        return load_settings(**self.settings)

    def due(self, context: dg.AssetExecutionContext, workspace: Workspace) -> list[str]:
        """The shards to refresh of those that the run asks for: a range has fresh ones between the stale, and to find
        that out again in every stage costs as much as the plan did."""
        stale = self.host.stale
        if stale is None or workspace.force:
            return list(context.partition_keys)
        return [
            shard for shard in context.partition_keys if shard in stale or not workspace.committed.is_recorded(shard)
        ]


def _step(context: Any) -> str:
    return getattr(context, "op_execution_context", context).op.name


@contextmanager
def _lines(run_id: str, settings: Settings) -> Iterator[None]:
    options = settings.logging
    with (
        about(run=run_id),
        lines_of_documents(partial(lines_handler, options.file), options.format, options.slow_seconds),
    ):
        yield
