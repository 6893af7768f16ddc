"""What all assets have in common: the partitions, the backfill policy, the workspace of a run, the report per shard."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from codices.assets.run_locks import hold
from codices.resources.corpus.corpus import shard_keys
from codices.resources.foundation.scratch import in_scratch
from codices.resources.foundation.transient import is_transient
from codices.resources.home.home import open_home, read_home
from codices.resources.settings.settings import DEFAULT_SHARDS, Settings, load_settings
from codices.resources.stages.healing import heal
from codices.resources.stages.workspace import Progress, Workspace, no_progress
from codices.resources.store.stage_store import Lost, Refreshed
from codices.resources.workers.isolation import kept_workers

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill policies are beta, and what this is built on

FORCE_TAG = "codices/force"  # "true": compute again although the fingerprints stand
RETRY_TAG = "codices/retry_failed"  # "true": try failed documents again
LISTING_TAG = "codices/listing"  # "recorded": the observation that asked for this run has listed the corpus
AUTOMATION_TAG = "dagster/from_automation_condition"  # set by Dagster on runs that the automation condition asks for

OWNERS = ["team:codices"]
RETRIES = 3  # of a step that failed for a reason that may pass

SETTINGS = load_settings()  # of this process; partitions and code versions are fixed when definitions are loaded
_HOME = read_home(SETTINGS)
SHARDS = dg.StaticPartitionsDefinition(
    shard_keys(_HOME.shards if _HOME is not None else SETTINGS.shards or DEFAULT_SHARDS)
)
SINGLE_RUN = dg.BackfillPolicy.single_run()  # one run, one process, every model loaded once


@dataclass
class Codices:
    """The Dagster resource: opens the workspace of a run with the settings of this process.

    `stale`: where a plan was made for this run, the shards that it found to need anything.
    """

    progress: Progress = no_progress
    stale: frozenset[str] | None = None

    @property
    def settings(self) -> Settings:
        return load_settings()

    @contextmanager
    def workspace(self, context: Any) -> Iterator[Workspace]:
        """The workspace for the run of `context`; its tags say whether to force or to retry.

        What the step costs is added to the home's record. A step that fails because of the network, or of another
        writer, is tried again after 4, 16 and 64 seconds; what it finished before stays. One that finds a file of the
        stages lost begins again once that was made anew. Temporary files lie in the home's scratch folder, whoever
        started the run, so that those of a killed one are found.
        """
        hold(context.instance, context.run.run_id)
        settings = self.settings
        home = open_home(settings)
        tags: Mapping[str, str] = context.run.tags
        workspace = Workspace(
            settings,
            home,
            run_id=context.run.run_id,
            force=tags.get(FORCE_TAG) == "true",
            retry_failed=tags.get(RETRY_TAG) == "true",
            progress=self.progress,
        )
        self.progress(_step(context).replace("_", " "), 0, 0)
        stopwatch = workspace.store.work.stopwatch()
        try:
            with in_scratch(home.url), kept_workers():
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

    def due(self, context: dg.AssetExecutionContext, workspace: Workspace) -> list[str]:
        """The shards to refresh of those that the run asks for: a range has fresh ones between the stale, and to find
        that out again in every stage costs as much as the plan did."""
        if self.stale is None or workspace.force:
            return list(context.partition_keys)
        return [
            shard
            for shard in context.partition_keys
            if shard in self.stale or not workspace.committed.is_recorded(shard)
        ]


def _step(context: Any) -> str:
    return getattr(context, "op_execution_context", context).op.name


def refresh_shards(
    context: dg.AssetExecutionContext, shards: Iterable[str], refresh: Callable[[str], Refreshed], **about: Any
) -> dg.MaterializeResult:
    """Refresh `shards`, with the counts of each in the UI."""
    total = Refreshed()
    for shard in shards:
        done = refresh(shard)
        context.add_asset_metadata(counts(done), partition_key=shard)
        total += done
    return dg.MaterializeResult(metadata={**counts(total), **about})


def counts(done: Refreshed) -> dict[str, Any]:
    """A Refreshed as metadata."""
    return {
        "kept": done.kept,
        "reused from another shard": done.reused,
        "computed": done.computed,
        "dropped": done.dropped,
        "seconds": round(done.seconds, 3),
    }
