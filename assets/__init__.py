"""The Dagster assets, one file per stage, in the order of the data. Each loads, calls a resource, reports."""

import warnings

import dagster as dg

# Backfill policies and observable assets are beta, and what this is built on.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
