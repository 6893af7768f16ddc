"""Batches: nothing lost, order kept, memory that runs out, threads that share an encoder, streams that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from codices.resources.encoders import EncoderError, EncoderOptions, load_image_encoder, load_text_encoder
from codices.resources.encoders.common.batching import Fitting, batches_by_length, unit_vectors
from codices.resources.encoders.common.preprocessing import Pixels
from codices.resources.encoders.towers.engines import TorchEngine, has_matrix_units
from codices.resources.encoders.towers.streaming import encode_stream, run_stream
from tests.resources.encoders.test_pictures import figure

OPTIONS = EncoderOptions()


def test_batches_hold_every_text_once_and_stay_within_tokens() -> None:
    lengths = [int(length) for length in np.random.default_rng(0).integers(1, 256, 500)]
    batches = list(batches_by_length(lengths, 2048))
    assert sorted(position for batch in batches for position in batch) == list(range(500))
    assert all(len(batch) * max(lengths[position] for position in batch) <= 2048 for batch in batches)
    assert all(len(batch) <= 7 for batch in batches_by_length(lengths, 2048, limit=7))
    assert list(batches_by_length([5000], 2048)) == [[0]]


def test_order_and_length_do_not_change_a_vector() -> None:
    encoder = load_text_encoder(OPTIONS)
    texts = [f"{'word ' * (index * 7 % 50)}text {index}" for index in range(40)]
    together = encoder.encode(texts)
    for position in (0, 7, 39):
        np.testing.assert_allclose(together[position], encoder.encode([texts[position]])[0], atol=1e-5)


def test_documents_are_encoded_in_the_precision_that_is_fast_here_queries_in_full() -> None:
    texts = [f"{'word ' * (index * 7 % 50)}text {index}" for index in range(40)]
    full = load_text_encoder(EncoderOptions(precision="float32"))
    queries, documents = load_text_encoder(OPTIONS).encode(texts), load_text_encoder(OPTIONS).encode_documents(texts)
    np.testing.assert_array_equal(queries, full.encode(texts))
    np.testing.assert_array_equal(full.encode_documents(texts), queries)
    assert ((documents * queries).sum(1) >= 0.9998).all()
    np.testing.assert_allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-6)
    assert np.array_equal(documents, queries) != has_matrix_units()


def torch_runs_out() -> None:
    import torch

    torch.empty(2**60, dtype=torch.uint8)


def onnx_runtime_runs_out() -> None:
    import onnxruntime
    from onnx import TensorProto, helper

    shape = helper.make_tensor_value_info("shape", TensorProto.INT64, [1])
    zeros = helper.make_tensor_value_info("zeros", TensorProto.FLOAT, [None])
    graph = helper.make_graph([helper.make_node("ConstantOfShape", ["shape"], ["zeros"])], "large", [shape], [zeros])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    session.run(["zeros"], {"shape": np.array([2**58])})


def cuda_runs_out() -> None:
    raise RuntimeError("CUDA out of memory. Tried to allocate")


def cublas_runs_out() -> None:
    raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")


@pytest.mark.parametrize("runs_out", [torch_runs_out, onnx_runtime_runs_out, cuda_runs_out, cublas_runs_out])
def test_out_of_memory_halves_the_batch_loses_nothing_and_is_remembered(runs_out: Callable[[], None]) -> None:
    sizes: list[int] = []

    def run(items: Sequence[int]) -> np.ndarray:
        sizes.append(len(items))
        if len(items) > 3:
            runs_out()
        return np.array([[item] for item in items])

    fitting = Fitting(run)
    assert fitting(list(range(13)))[:, 0].tolist() == list(range(13))
    assert max(sizes) == 13
    sizes.clear()
    assert fitting(list(range(13)))[:, 0].tolist() == list(range(13))
    assert max(sizes) == 3

    def never(items: Sequence[int]) -> np.ndarray:
        raise MemoryError

    with pytest.raises(MemoryError):
        Fitting(never)([1, 2])


def test_an_error_that_is_not_memory_is_not_retried() -> None:
    calls = []

    def run(items: Sequence[int]) -> np.ndarray:
        calls.append(items)
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        Fitting(run)([1, 2, 3, 4])
    assert len(calls) == 1


def test_vectors_without_a_direction_are_refused() -> None:
    for bad in (np.array([[1.0, np.nan]]), np.array([[0.0, 0.0]]), np.array([[np.inf, 1.0]])):
        with pytest.raises(EncoderError):
            unit_vectors(bad)


def test_threads_share_an_encoder() -> None:
    encoder = load_text_encoder(OPTIONS)
    texts = [f"query number {index}" for index in range(24)]
    expected = encoder.encode(texts)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda text: encoder.encode([text])[0], texts))
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-5)
    assert load_text_encoder(EncoderOptions()) is encoder


def test_a_stream_of_pictures_keeps_its_order_on_several_engines() -> None:
    encoder = load_image_encoder(OPTIONS)
    files = [figure((120 + 10 * index, 90)) for index in range(11)]
    expected = np.concatenate([encoder.encode_images([data]) for data in files])
    assert isinstance(encoder.engines[0], TorchEngine)

    class Small:
        """The same tower in batches of two; the second one has memory for one picture only."""

        def __init__(self, room: int) -> None:
            self.batch_size, self.room = 2, room

        def run(self, pixels: Pixels) -> np.ndarray:
            if len(pixels) > self.room:
                raise RuntimeError("out of memory")
            return encoder.engines[0].run(pixels)

    batches = list(encode_stream(iter(files), [Small(2), Small(1)], encoder.preprocessing))
    assert [len(batch) for batch in batches] == [2, 2, 2, 2, 2, 1]
    np.testing.assert_allclose(np.concatenate(batches), expected, atol=1e-5)


def test_a_broken_picture_is_named_by_its_position() -> None:
    encoder = load_image_encoder(OPTIONS)
    with pytest.raises(
        EncoderError, match="image 17 of the batch cannot be decoded: it is not an image that can be decoded"
    ):
        encoder.encode_images([figure((60, 60))] * 17 + [b"no image"])
    with pytest.raises(EncoderError, match="image 0 "):
        encoder.encode_images([figure((400, 300))[:200]])
    assert encoder.encode_images([]).shape == (0, encoder.dimension)


def test_a_stream_reads_ahead_no_further_than_its_bound() -> None:
    encoder = load_image_encoder(OPTIONS)
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        data = figure((60, 60))
        while True:
            taken += 1
            yield data

    stream = run_stream(endless(), encoder.engines, encoder.preprocessing)
    next(stream)
    assert taken <= 3 * encoder.engines[0].batch_size
    stream.close()  # pyright: ignore[reportAttributeAccessIssue]
