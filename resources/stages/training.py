"""The projection layer of `embedded`, trained on the figures of this home or of a file; again when those changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.home.home import Home, local_folder
from codices.resources.index.releases import open_release
from codices.resources.settings.settings import beside_settings
from codices.resources.stages.workspace import Workspace
from codices.resources.training.data import FigurePair, figure_pairs, read_pairs
from codices.resources.training.training import train_projection

FROM_INDEX = "index"
CODE_VERSION = "2"  # raise it when the same pairs give another layer
_KEY_FILE = "made_from"


def pairs_of_index(home: Home) -> Iterator[FigurePair]:
    """Figures of the latest release with captions and headings. Raises ReleaseMissing when there is none yet."""
    release = open_release(home.database)
    columns = ["image_id", "caption", "heading_path", "doc_id"]
    figures = release.elements.to_lance().to_table(columns, filter="modality = 'figure'").to_pylist()

    def image_of(image_id: str) -> bytes | None:
        found = release.images.search().where(f"image_id = '{image_id}'").select(["bytes"]).to_arrow()
        return found["bytes"][0].as_py() if found.num_rows else None

    return figure_pairs(figures, image_of)


def projection_folder(home: Home) -> Path:
    """Where the asset writes."""
    return local_folder(home.url, "projection")


def refresh_projection(workspace: Workspace) -> dict[str, Any] | None:
    """The report of the layer that belongs to the pairs that `training.pairs` names, trained where the pairs or the
    options changed; None when it names none. Raises EncoderError for pairs that are too few, or none."""
    options = workspace.settings.training
    if options.pairs is None:
        return None
    if options.pairs == FROM_INDEX:
        pairs = list(pairs_of_index(workspace.home))
    else:
        pairs = list(read_pairs(beside_settings(options.pairs)))
    folder = projection_folder(workspace.home)
    key, key_file = _key(pairs, options.model_dump(exclude={"pairs"})), folder / _KEY_FILE
    if workspace.force or not key_file.is_file() or key_file.read_text() != key:
        key_file.unlink(missing_ok=True)
        train_projection(pairs, folder, options)
        key_file.write_text(key)
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def _key(pairs: Sequence[FigurePair], options: dict[str, Any]) -> str:
    said = [(hashlib.sha256(pair.image).hexdigest(), pair.texts, pair.group) for pair in pairs]
    return fingerprint(CODE_VERSION, options, said)
