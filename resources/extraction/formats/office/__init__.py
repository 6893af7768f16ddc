"""The XML inside Office files, shared by their readers."""
