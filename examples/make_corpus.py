"""Writes the example corpus: `python -m examples.make_corpus [FOLDER]`, by default examples/corpus.

Needs the `examples` extra. With the versions pinned there, every run on every machine gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from examples.corpus_maker.html_pages import html_pages
from examples.corpus_maker.mail import mails
from examples.corpus_maker.markdown_pages import markdown_pages
from examples.corpus_maker.office_documents import office_documents
from examples.corpus_maker.pdf_documents import pdf_documents
from examples.corpus_maker.screenshots import screenshots

CORPUS = Path(__file__).parent / "corpus"


def make_corpus() -> dict[str, bytes]:
    """Path relative to the corpus root -> bytes, for every file of the corpus."""
    return markdown_pages() | html_pages() | pdf_documents() | office_documents() | mails() | screenshots()


def main(folder: Path) -> None:
    for path, data in make_corpus().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
