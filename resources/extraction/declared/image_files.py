"""Pictures made of pixels."""

from functools import partial

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.declared.depends import MODELS, READERS

_picture = partial(
    Format,
    reader=f"{READERS}.image_files:parse_image_file",
    libraries=("pillow", *MODELS),
    preload=(f"{READERS}.image_files",),
    pages=f"{READERS}.image_files:frame_count",
)
_heif = partial(_picture, libraries=("pillow", "pillow-heif", *MODELS))

FORMATS = (
    _picture("image/png", "a PNG picture", suffixes=(".png",), signatures=(b"\x89PNG\r\n\x1a\n",)),
    _picture("image/jpeg", "a JPEG picture", suffixes=(".jpg", ".jpeg"), signatures=(b"\xff\xd8\xff",)),
    _picture("image/gif", "a GIF picture", suffixes=(".gif",), signatures=(b"GIF87a", b"GIF89a")),
    _picture("image/webp", "a WebP picture", suffixes=(".webp",)),
    _picture(
        "image/tiff",
        "a TIFF picture",
        suffixes=(".tif", ".tiff"),
        signatures=(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ),
    _picture("image/bmp", "a bitmap", suffixes=(".bmp",)),
    _heif("image/heic", "a HEIC picture", suffixes=(".heic", ".heif")),
    _heif("image/avif", "an AVIF picture", suffixes=(".avif",)),
)
