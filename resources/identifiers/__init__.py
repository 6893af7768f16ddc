"""Identifiers: what must be found exactly as it is written, recognised in texts and in queries alike."""
