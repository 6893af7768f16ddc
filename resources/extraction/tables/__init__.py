"""Tables on pages: where they are, and their rows, columns and cells."""
