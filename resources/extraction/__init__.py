"""From one file to text blocks, tables and figures: nothing here knows of shards, vectors or Dagster."""
