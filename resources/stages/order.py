"""The stages that the stage store keeps, in the order of the data. `documents` comes before, `index_rows` after."""

from __future__ import annotations

from typing import Any

from codices.resources.stages.element_rows import ELEMENT_BUILDING
from codices.resources.stages.extractions import EXTRACTION
from codices.resources.stages.readings import OCR
from codices.resources.stages.stage import Stage
from codices.resources.stages.vectors import IMAGE_EMBEDDING, TEXT_EMBEDDING

STAGES: tuple[Stage[Any], ...] = (EXTRACTION, OCR, ELEMENT_BUILDING, TEXT_EMBEDDING, IMAGE_EMBEDDING)
