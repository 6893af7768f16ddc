"""What does the work. Usable from any Python code, without Dagster; imports nothing from assets or pipelines."""
