"""rapidocr: PP-OCRv6 detection and recognition for Latin and Chinese, Japanese, Korean letters, on ONNX Runtime.

The weights (Apache-2.0) lie inside the rapidocr wheel; their paths are given, so that nothing is downloaded. One
engine a process, made at first use, with one thread: reading has a process per core.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from codices.resources.extraction.common.model import Word

MAX_SIDE = 2000  # pixels; the engine scales larger pictures down to it
WEIGHTS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}


@cache
def _engine() -> Any:
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    params: dict[str, Any] = {f"{stage}.model_path": str(models / name) for stage, name in WEIGHTS.items()}
    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    params |= {threads.format("intra"): 1, threads.format("inter"): 1}
    params |= {"Global.log_level": "error", "Global.max_side_len": MAX_SIDE}
    return rapidocr.RapidOCR(params=params)


def rapid_words(image: Image.Image) -> list[Word]:
    """The words of a picture that stands upright, with boxes in fractions of it and confidences 0-100.

    Letters of scripts without spaces are words each. Lines are numbered from the top as the engine gives them.
    """
    pixels = np.asarray(image.convert("RGB"))[:, :, ::-1].copy()
    lines: Sequence[Any] = _engine()(pixels, return_word_box=True).word_results or ()
    words: list[Word] = []
    for line, parts in enumerate(lines):
        for text, score, corners in parts:
            if not str(text).strip() or not corners:
                continue
            xs, ys = [point[0] for point in corners], [point[1] for point in corners]
            box = (min(xs) / image.width, min(ys) / image.height, max(xs) / image.width, max(ys) / image.height)
            words.append(Word(str(text).strip(), round(100 * float(score), 2), box, line))
    return words
