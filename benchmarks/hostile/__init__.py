"""Whether hostile documents or a signal at a bad moment hurt an index."""
