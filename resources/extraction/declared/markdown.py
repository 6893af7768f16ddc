"""Markdown."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import MARKDOWN
from codices.resources.extraction.declared.depends import MARKUP, READERS

FORMATS = (
    Format(
        MARKDOWN,
        "a Markdown text",
        f"{READERS}.markdown:parse_markdown",
        suffixes=(".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd"),
        named="text",
        libraries=("markdown-it-py", "mdit-py-plugins", *MARKUP),
        preload=(f"{READERS}.markdown",),
    ),
)
