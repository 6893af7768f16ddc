"""Sensors that tell of a run that failed, and of checks that did not hold in a run that went well. They are on where
`[alerts]` says whom to tell."""

from __future__ import annotations

import dagster as dg

from codices.assets.document_checks import NONE_AT_ALL
from codices.assets.partitions import SETTINGS
from codices.pipelines.errors import error_chain, reason
from codices.resources.home.home import home_url
from codices.resources.reports.alerts import Alert, deliver
from codices.resources.settings.settings import load_settings

_STATUS = dg.DefaultSensorStatus.RUNNING if SETTINGS.alerts.wanted else dg.DefaultSensorStatus.STOPPED


@dg.run_failure_sensor(
    name="alert_on_run_failure",
    default_status=_STATUS,
    minimum_interval_seconds=30,
    description="Tells the webhook and the addresses of [alerts] of every run that failed.",
)
def alert_on_run_failure(context: dg.RunFailureSensorContext) -> None:
    """An alert with the error of each step that failed."""
    run = context.dagster_run
    steps = [
        f"{event.step_key}: {reason(error_chain(event.step_failure_data.error))}"
        for event in context.get_step_failure_events()
        if event.step_failure_data.error is not None
    ]
    # The run's own message where it never came to a step.
    _tell("run_failed", f"the run of {run.job_name} failed", run, steps or [context.failure_event.message or ""])


@dg.run_status_sensor(
    name="alert_on_check_failure",
    run_status=dg.DagsterRunStatus.SUCCESS,
    default_status=_STATUS,
    minimum_interval_seconds=30,
    description="Tells the webhook and the addresses of [alerts] of checks that did not hold in a run that went well: "
    "documents that failed in it, an index that is not fresh.",
)
def alert_on_check_failure(context: dg.RunStatusSensorContext) -> None:
    """An alert with what each check says, those of STANDING left out."""
    run = context.dagster_run
    failed = failed_checks(context.instance, run.run_id)
    if failed:
        _tell("check_failed", f"{len(failed)} checks did not hold in a run of {run.job_name}", run, failed)


STANDING = frozenset({NONE_AT_ALL})
"""Checks that fail as long as what failed once is there: NONE_ANEW tells of it when it happens."""


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """`asset: check: description` of the checks of a run that did not hold, STANDING ones left out."""
    found = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        check = entry.get_dagster_event().asset_check_evaluation_data
        if not check.passed and check.check_name not in STANDING:
            found.append(f"{check.asset_key.to_user_string()}: {check.check_name}: {check.description}")
    return found


def _tell(kind: str, text: str, run: dg.DagsterRun, details: list[str]) -> None:
    settings = load_settings()
    told = Alert(kind, f"{text} ({details[0]})", run.job_name, run.run_id, home_url(settings), details)
    deliver(told, settings.alerts)


ALERTING = [alert_on_run_failure, alert_on_check_failure]
