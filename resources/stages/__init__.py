"""The stages between a listing and the LanceDB tables, one file each, and the store that keeps their output."""
