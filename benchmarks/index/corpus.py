"""Made vectors and tables of any size for the index benchmarks, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from codices.resources.index.schema import elements_schema

Vectors = NDArray[np.float32]

SHARDS = 16
CHUNK = 20_000
_VOCABULARY = 30_000
_WORDS_PER_ELEMENT = 40


class MadeVectors:
    """Clustered unit vectors of realistic anisotropy.

    Like the vectors of sentence encoders, they share a mean (cosine of unrelated ones about .1 to .3), their variance
    falls off as a power law over the dimensions (an orthogonal basis hides which), and they come in clusters with
    neighbours inside: points scatter around a topic by about as much as topics do around the mean.
    """

    def __init__(self, dimension: int, seed: int = 0, topics: int = 2000) -> None:
        random = np.random.default_rng(seed)
        spectrum = np.arange(1, dimension + 1, dtype=np.float64) ** -0.5
        self._scale = (spectrum / np.linalg.norm(spectrum)).astype(np.float32)
        self._basis = np.linalg.qr(random.normal(size=(dimension, dimension)))[0].astype(np.float32)
        self._mean = 0.5 * self._basis[:, 0]
        self._topics = random.normal(size=(topics, dimension)).astype(np.float32) * self._scale
        self._popularity = np.arange(1, topics + 1) ** -0.7
        self._popularity /= self._popularity.sum()
        self._seed = seed

    def take(self, number: int, stream: int) -> Vectors:
        """`number` vectors, (number, dimension), unit length; another `stream` has others of the same distribution."""
        random = np.random.default_rng([self._seed, stream])
        topic = random.choice(len(self._topics), size=number, p=self._popularity)
        noise = random.normal(size=(number, len(self._scale))).astype(np.float32) * self._scale
        vectors = self._mean + (self._topics[topic] + 0.7 * noise) @ self._basis
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def made_texts(number: int, stream: int) -> list[str]:
    """Texts of about 40 words; words are as frequent as in language (Zipf)."""
    random = np.random.default_rng([1, stream])
    ranks = np.minimum(random.zipf(1.2, size=(number, _WORDS_PER_ELEMENT)), _VOCABULARY)
    return [" ".join(f"w{rank}" for rank in row) for row in ranks.tolist()]


def element_batches(
    shard: int, rows: int, text: MadeVectors, image: MadeVectors | None
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The elements of a shard as a stream; a quarter are figures with an image vector where `image` is given."""
    image_dimension = len(image._scale) if image else 8
    whole = elements_schema(len(text._scale), image_dimension)
    held = ["element_id", "doc_id", "path", "shard", "modality", "text", "identifiers", "text_vector"]
    held += ["image_vector", "image_id"] if image else []
    schema = pa.schema([whole.field(name) for name in held])
    name = f"{shard:02x}"

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, rows, CHUNK):
            count = min(CHUNK, rows - start)
            stream = shard * 100_000 + start // CHUNK
            numbers = range(start, start + count)
            figure = [image is not None and number % 4 == 0 for number in numbers]
            columns: list[pa.Array] = [
                pa.array([f"{name}-{number:09d}" for number in numbers]),
                pa.array([f"{name}-{number // 20:08d}" for number in numbers]),
                pa.array([f"docs/{name}/{number // 20}.md" for number in numbers]),
                pa.array([name] * count),
                pa.array(["figure" if each else "text" for each in figure]),
                pa.array(made_texts(count, stream)),
                pa.array([[f"ERR_{name}_{number}"] for number in numbers]),
                _vectors(text.take(count, stream)),
            ]
            if image:
                seen = _vectors(image.take(count, stream), np.array([not each for each in figure]))
                columns.append(seen.cast(schema.field("image_vector").type))
                columns.append(
                    pa.array([f"{name}-{n}" if each else None for n, each in zip(numbers, figure, strict=True)])
                )
            yield pa.record_batch(columns, schema=schema)

    return schema, batches()


def _vectors(values: Vectors, missing: NDArray[np.bool_] | None = None) -> pa.FixedSizeListArray:
    mask = None if missing is None else pa.array(missing)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1], mask=mask)
