"""The lines of failed and slow documents on the terminal, while Dagster holds standard error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from codices.resources.foundation.document_log import lines_handler, lines_of_documents
from codices.resources.settings.logging_options import LoggingOptions


@contextmanager
def lines_shown(options: LoggingOptions, tell: Callable[[str], None]) -> Iterator[None]:
    """Within it, `tell` gets every line, unless the settings name a file for them. Raises OSError for a file that
    cannot be written."""
    handler = partial(_Told, tell) if options.file is None else partial(lines_handler, options.file)
    with lines_of_documents(handler, options.format, options.slow_seconds):
        yield


class _Told(logging.Handler):
    def __init__(self, tell: Callable[[str], None]):
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(self.format(record))
