"""The fork server imports this, so that the formats are looked for once and not by every worker process."""

from codices.resources.extraction.registry.registered import by_suffix, named, signatures

by_suffix()
for what in ("text", "xml", "any"):
    named(what)
signatures()
