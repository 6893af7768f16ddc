"""The corpus: a root with files, listed and opened, never outside the root."""
