"""What is known of each file format before one of its files is opened; every module here registers itself.

Readers, which import their libraries, are in `codices.resources.extraction.formats`.
"""
