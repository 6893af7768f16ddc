"""The wiring: definitions, jobs, schedules, sensors and the command line. Imports assets and resources."""

import os

# The dagster.yaml of a home says so too; this holds for the instance of somebody else as well.
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
