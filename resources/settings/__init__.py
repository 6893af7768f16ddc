"""Every setting, one file a section, and the reference page that is made from them. Imports nothing of ours."""
