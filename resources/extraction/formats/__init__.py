"""One file a format: a file's bytes in, everything cut out of it out."""
