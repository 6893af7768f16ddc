"""Environment of the worker processes; the fork server imports this module first, nothing else should.

Libraries read these variables while they are imported: no hub may be asked, and a worker uses one thread, since the
workers together already use every core.
"""

import os
import signal
import sys
from types import TracebackType

os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    DO_NOT_TRACK="1",  # unstructured
    UNSTRUCTURED_DISABLE_NOTICE="1",
    OMP_NUM_THREADS="1",
    OMP_THREAD_LIMIT="1",  # tesseract
    OPENBLAS_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    # pyarrow comes in by way of other libraries; a process that is to be forked must not have its thread.
    JE_ARROW_MALLOC_CONF="background_thread:false",
    ARROW_DEFAULT_MEMORY_POOL="system",
)
# Ctrl-C on a terminal reaches every process of the command: the one that asked for the workers ends them.
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # A new worker finds nothing to read, or no semaphore, where the one that asked for it was interrupted meanwhile.
    if not issubclass(kind, EOFError | FileNotFoundError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _told
