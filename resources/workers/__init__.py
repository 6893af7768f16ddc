"""Worker processes that may crash, hang or eat memory without harm to the caller."""
