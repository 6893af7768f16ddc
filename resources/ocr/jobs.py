"""One picture to read, as a job for a worker. A worker imports this and what it reads with, nothing of the stages."""

from __future__ import annotations

from dataclasses import dataclass

from codices.resources.extraction.common.model import Reading
from codices.resources.foundation.well_formed import make_valid
from codices.resources.ocr.reading import read_picture
from codices.resources.settings.ocr_options import OcrOptions

PRELOAD = ("codices.resources.ocr.jobs",)


@dataclass(frozen=True)
class ReadingJob:
    """`fingerprint` is the caller's name for the job; `role` says what the picture is: page, table or figure."""

    fingerprint: str
    image_id: str
    role: str
    data: bytes
    options: OcrOptions


def read_job(job: ReadingJob) -> Reading:
    """Runs in a worker: read one picture."""
    reading = read_picture(job.data, job.role, job.options)
    reading.image_id = job.image_id
    return make_valid(reading)
