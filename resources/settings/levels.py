"""What a hit may stand for, for those who need no settings."""

from __future__ import annotations

from typing import Literal

LEVELS = ("element", "page", "document", "source", "image")
"""What one hit stands for. A source is a figure's own image file where it has one, else the document."""

Level = Literal["element", "page", "document", "source", "image"]
