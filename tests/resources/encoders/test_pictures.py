"""Pixels against open_clip's own preprocessing: how far the fast way may stray, and what it does with odd files."""

from __future__ import annotations

import io
import resource
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from codices.resources.encoders import EncoderError, EncoderOptions, load_image_encoder
from codices.resources.encoders.common.preprocessing import Preprocessing, decode


def figure(size: tuple[int, int], file_format: str = "PNG", mode: str = "RGB") -> bytes:
    """A page with lines, letters and blocks."""
    chance = np.random.default_rng(size[0])
    image = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else "white")
    draw = ImageDraw.Draw(image)
    for index in range(12):
        x, y = int(chance.integers(0, size[0])), int(chance.integers(0, size[1]))
        fill = tuple(int(part) for part in chance.integers(0, 255, 3))
        draw.rectangle((x, y, x + size[0] // 6, y + size[1] // 8), fill=fill, outline="black")
        draw.text((x + 4, y + 4), f"node {index} restarted", fill="black")
        draw.line((x, y, size[0] - x, size[1] // 2), fill="black", width=2)
    buffer = io.BytesIO()
    image.save(buffer, file_format)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "file_format"),
    [((640, 480), "PNG"), ((3000, 2000), "JPEG"), ((2400, 300), "PNG"), ((100, 80), "PNG"), ((1600, 2200), "WEBP")],
)
@pytest.mark.parametrize("mode", ["squash", "shortest", "longest"])
def test_vectors_stay_with_the_reference_preprocessing(size: tuple[int, int], file_format: str, mode: str) -> None:
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2

    from codices.resources.encoders.common.profiles import EMBEDDED, model_digest
    from codices.resources.encoders.towers.loading import load_open_clip_model

    model: Any = load_open_clip_model(EMBEDDED, "cpu", model_digest(EMBEDDED))[0]
    configuration = {**model.visual.preprocess_cfg, "resize_mode": mode, "interpolation": "bicubic", "size": 224}
    fields = {key: value for key, value in configuration.items() if key in PreprocessCfg.__dataclass_fields__}
    reference: Any = image_transform_v2(PreprocessCfg(**fields), is_train=False)
    preprocessing = Preprocessing.of(configuration)
    data = figure(size, file_format)
    expected = reference(Image.open(io.BytesIO(data)))
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (preprocessing.mean, preprocessing.std))
    found = (torch.from_numpy(decode(data, preprocessing).copy()).permute(2, 0, 1) / 255 - mean) / std
    assert found.shape == expected.shape
    with torch.inference_mode():
        first, second = torch.nn.functional.normalize(model.encode_image(torch.stack([expected, found])))
    assert float(first @ second) >= 0.999


def test_a_long_picture_takes_no_more_memory_than_its_part() -> None:
    preprocessing = Preprocessing((224, 224), (0.5,) * 3, (0.5,) * 3, "bicubic", "shortest", 0)
    image = Image.new("RGB", (1, 60_000), "red")
    image.putpixel((0, 30_000), (0, 0, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pixels = decode(buffer.getvalue(), preprocessing)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert pixels.shape == (224, 224, 3)
    assert pixels[..., 2].max() > 200


def test_deep_and_turned_pictures_are_what_a_person_sees() -> None:
    """As the index keeps them: stretched to 8 bits, and upright."""
    preprocessing = load_image_encoder(EncoderOptions()).preprocessing
    page = Image.open(io.BytesIO(figure((400, 300)))).convert("L")
    grey = np.asarray(page)
    stretched = (grey.astype(np.float32) - grey.min()) * (255 / (int(grey.max()) - int(grey.min())))
    expected = decode(_file(Image.fromarray(stretched.astype(np.uint8)), "PNG"), preprocessing).astype(int)
    for deep in (grey.astype(np.uint16) * 257, grey.astype(np.int32) * 1000, grey.astype(np.float32) / 255):
        found = decode(_file(Image.fromarray(deep), "TIFF"), preprocessing)
        assert np.abs(found - expected).max() <= 2
    upright = decode(_file(page, "PNG"), preprocessing).astype(int)
    exif = page.getexif()
    exif[0x0112] = 6  # to be turned right by a quarter
    turned = decode(_file(page.rotate(90, expand=True), "PNG", exif=exif), preprocessing)
    assert np.abs(turned - upright).max() <= 2


def _file(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def test_an_image_bomb_is_refused_with_the_reason() -> None:
    with pytest.raises(EncoderError, match="decompression bomb"):
        load_image_encoder(EncoderOptions()).encode_images([_file(Image.new("1", (14_000, 14_000)), "PNG")])


def test_transparency_is_white() -> None:
    preprocessing = load_image_encoder(EncoderOptions()).preprocessing
    blank = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    palette = Image.new("P", (300, 200), 0)
    for image, options in ((blank, {}), (palette, {"transparency": 0})):
        buffer = io.BytesIO()
        image.save(buffer, "PNG", **options)
        assert decode(buffer.getvalue(), preprocessing).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "CMYK", "P"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    preprocessing = load_image_encoder(EncoderOptions()).preprocessing
    buffer = io.BytesIO()
    Image.new(mode, (50, 40)).save(buffer, "TIFF" if mode in ("CMYK", "I;16") else "PNG")
    assert decode(buffer.getvalue(), preprocessing).shape == (224, 224, 3)
