"""What starts runs by itself: the automation condition of the assets, and changes in a local corpus folder. Both are
off until someone switches them on in the UI. What ends dead runs is always on."""

import dagster as dg

from codices.pipelines.alerting import ALERTING
from codices.pipelines.jobs import observe
from codices.pipelines.run_locks import end_dead_runs
from codices.resources.corpus.corpus import Corpus
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.home.home import read_home
from codices.resources.settings.settings import load_settings

reindex_stale = dg.AutomationConditionSensorDefinition(
    "reindex_stale",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=30,
    description="Requests exactly the stale shards and stages after an observation.",
)


@dg.sensor(
    job=observe,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Observes the corpus when a file of its local folder appeared, changed or went.",
)
def corpus_folder_changed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Observes the corpus when a file of the local folder appeared, changed or went."""
    settings = load_settings()
    home = read_home(settings)
    if home is None:
        return dg.SkipReason("nothing was indexed into this home yet")
    corpus = Corpus(home.corpus, settings.include, settings.exclude, excluded_folders=(home.url,))
    if corpus.local is None:
        return dg.SkipReason("the corpus is not a local folder; use the schedule")
    seen = fingerprint([(file.path, file.revision) for file in corpus.list() if file.included])
    if seen == context.cursor:
        return dg.SkipReason("no file changed")
    # The cursor alone tells what was asked for: with a run key, a file that is put back as it was would go unnoticed.
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=seen)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process was killed, so that no other run waits for them.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Requests nothing: it keeps the instance's books."""
    ended = end_dead_runs(context.instance)
    return dg.SkipReason(f"marked as failed: {', '.join(ended)}" if ended else "every run's process is alive")


SENSORS = [reindex_stale, corpus_folder_changed, dead_runs, *ALERTING]
