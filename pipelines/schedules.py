"""When the corpus is looked at. Off until someone switches it on in the UI."""

from __future__ import annotations

import dagster as dg

from codices.assets.partitions import SETTINGS
from codices.pipelines.jobs import check_freshness, observe
from codices.resources.settings.settings import settings_file
from codices.resources.settings.settings_error import SettingsError

try:
    observe_corpus = dg.ScheduleDefinition(
        name="observe_corpus_on_cron",
        job=observe,
        cron_schedule=SETTINGS.schedule.cron,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Observes the corpus; what became stale is then requested by the sensor `reindex_stale`.",
    )
except dg.DagsterInvalidDefinitionError as error:
    raise SettingsError(
        f"settings ({settings_file()} and CODICES_*): schedule.cron: {SETTINGS.schedule.cron!r} is not a cron "
        'expression, e.g. "0 3 * * *" for every day at 03:00'
    ) from error
check_freshness_hourly = dg.ScheduleDefinition(
    name="check_freshness_hourly",
    job=check_freshness,
    cron_schedule="0 * * * *",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Fails the check `index_is_fresh` of `release` when the corpus was not observed, or not indexed since.",
)
SCHEDULES = [observe_corpus, check_freshness_hourly]
