"""The formats that are read, those of other packages among them, and which of them a file has."""
