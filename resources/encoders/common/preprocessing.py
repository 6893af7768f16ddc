"""From encoded image files to the pixels that an image tower reads: decoded small, resized once, uint8.

Follows open_clip's preprocessing (`PreprocessCfg`), with two departures: a large JPEG is reduced while it is decoded
(vectors stay within cosine .999), and transparency becomes white, since black letters on nothing are common in figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codices.resources.foundation.image_formats import open_picture
from codices.resources.foundation.plain_pictures import plain

Pixels = NDArray[np.uint8]

RESAMPLING = {"bilinear": Image.Resampling.BILINEAR}


@dataclass(frozen=True)
class Preprocessing:
    """What a model wants to see: (height, width) in pixels, how to get there, and its mean and deviation in [0, 1]."""

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    resize_mode: str  # shortest (then centre crop), longest (then padding), squash
    fill_color: int

    @classmethod
    def of(cls, configuration: dict) -> Preprocessing:
        """From open_clip's `visual.preprocess_cfg`."""
        size = configuration["size"]
        height, width = (size, size) if isinstance(size, int) else size
        return cls(
            (height, width),
            tuple(configuration["mean"]),
            tuple(configuration["std"]),
            configuration["interpolation"],
            configuration["resize_mode"],
            configuration.get("fill_color", 0),
        )


def decode(data: bytes, preprocessing: Preprocessing) -> Pixels:
    """One image file to (height, width, 3) uint8. Raises what `open_picture` does, or Pillow."""
    image = open_picture(data)
    height, width = preprocessing.size
    # A JPEG can be decoded at 1/2, 1/4 or 1/8; three times the target keeps vectors within .999.
    side = 3 * max(width, height)
    image.draft("RGB", (side, side))
    image = opaque(plain(image))
    return np.asarray(_fit(image, preprocessing))


def opaque(image: Image.Image) -> Image.Image:
    """RGB of what `plain` returns, transparency on white."""
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _fit(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    height, width = preprocessing.size
    mode = preprocessing.resize_mode
    resampling = RESAMPLING.get(preprocessing.interpolation, Image.Resampling.BICUBIC)  # as open_clip does
    if mode == "squash":
        return image.resize((width, height), resampling)
    if mode == "shortest":
        scale = max(width / image.width, height / image.height)
        whole_width, whole_height = _scaled(image, scale)
        left, top = round((whole_width - width) / 2), round((whole_height - height) / 2)
        # The part that will be seen, in pixels of the original: the rest of a long picture is never enlarged.
        across, down = image.width / whole_width, image.height / whole_height
        part = (left * across, top * down, (left + width) * across, (top + height) * down)
        return image.resize((width, height), resampling, box=part)
    if mode == "longest":
        scale = min(width / image.width, height / image.height)
        image = image.resize(_scaled(image, scale, longest=True), resampling)
        canvas = Image.new("RGB", (width, height), (preprocessing.fill_color,) * 3)
        canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
        return canvas
    raise ValueError(f"unknown resize mode {mode}")


def _scaled(image: Image.Image, scale: float, longest: bool = False) -> tuple[int, int]:
    # torchvision's Resize cuts down to whole pixels, open_clip's ResizeKeepRatio rounds.
    whole = round if longest else int
    return max(1, whole(image.width * scale + 1e-6)), max(1, whole(image.height * scale + 1e-6))
