"""Environment of the worker processes; the fork server imports this module first, nothing else should.

Libraries read these variables while they are imported: no hub may be asked, nothing may phone home, and a worker uses
one thread, since the workers together already use every core.
"""

import os

os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    DO_NOT_TRACK="1",
    OMP_NUM_THREADS="1",
    OMP_THREAD_LIMIT="1",  # tesseract
    OPENBLAS_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
)
