"""The commands beside `index` and `search`, a file each."""
