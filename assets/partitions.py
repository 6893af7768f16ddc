"""The shards as Dagster's partitions. They and the code versions are fixed when the definitions are loaded."""

import dagster as dg

from codices.resources.corpus.corpus import shard_keys
from codices.resources.home.home import read_home
from codices.resources.settings.settings import DEFAULT_SHARDS, load_settings

SETTINGS = load_settings()  # of this process; a run may have its own, less those that are fixed here
_HOME = read_home(SETTINGS)
SHARDS = dg.StaticPartitionsDefinition(
    shard_keys(_HOME.shards if _HOME is not None else SETTINGS.shards or DEFAULT_SHARDS)
)
SINGLE_RUN = dg.BackfillPolicy.single_run()
"""One run, one process, every model loaded once. Of all assets, also those without shards: the command line takes a
range of shards only where each has it."""
