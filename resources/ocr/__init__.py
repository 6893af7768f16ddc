"""Words from pixels: reading pictures, and putting what was read back into the extraction."""
