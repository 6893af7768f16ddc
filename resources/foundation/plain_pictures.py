"""Pictures of any colour mode and orientation as what a person would see: upright, 8 bits a channel."""

from __future__ import annotations

from PIL import Image, ImageOps

_PLAIN_MODES = ("L", "RGB", "RGBA")


def plain(image: Image.Image) -> Image.Image:
    """The image upright (EXIF orientation applied) as 8-bit L, RGB or RGBA."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in _PLAIN_MODES:
        return upright
    if upright.mode == "1":
        return upright.convert("L")
    if upright.mode.startswith("I") or upright.mode == "F":  # 16 and 32 bit: stretch to 8 bit
        low, high = upright.getextrema()  # pyright: ignore[reportGeneralTypeIssues]
        span = max(float(high) - float(low), 1.0)  # pyright: ignore[reportArgumentType]
        offset = float(low)  # pyright: ignore[reportArgumentType]
        return upright.convert("F").point(lambda value: value * (255 / span) - offset * 255 / span).convert("L")
    has_alpha = upright.mode in ("LA", "PA", "La", "RGBa") or "transparency" in upright.info
    return upright.convert("RGBA" if has_alpha else "RGB")
