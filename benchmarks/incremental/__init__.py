"""Whether a re-index costs what changed and no more, and whether anything is lost when runs are killed or meet."""
