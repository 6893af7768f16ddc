"""The Dagster resource. The one room that knows Dagster; nothing else in `resources` imports it."""
