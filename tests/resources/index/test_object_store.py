"""The same tables on S3: a local server speaks the protocol, several processes write."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from s3fs import S3FileSystem
from werkzeug.serving import make_server

from codices.resources.foundation.files import Folder
from codices.resources.index.building import build_indexes
from codices.resources.index.errors import IndexStoreError
from codices.resources.index.lance_store import environment_options
from codices.resources.index.maintenance import maintain
from codices.resources.index.releases import cut_release, open_release
from codices.resources.index.tables import open_tables
from codices.resources.settings.index_options import IndexOptions
from codices.resources.store.stage_store import StageStore
from tests.resources.index.rows_for_tests import DIMENSION, elements, images
from tests.resources.index.stage_jobs import ROW, STAGES, check_rows, computed, refresh

URI = "s3://codices-test/home/lancedb"


class OneAtATime:
    """A put on condition is atomic on S3, and every commit relies on it; moto's threads check and put in two steps."""

    def __init__(self) -> None:
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        with self._lock:
            return self._app(environ, start_response)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, OneAtATime(), threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()  # the server's state is this process's
    S3FileSystem.clear_instance_cache()  # those of an earlier test have its endpoint
    boto3.client("s3", endpoint_url=endpoint).create_bucket(
        Bucket="codices-test", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield
    server.shutdown()
    thread.join()


def _write(shard: str) -> None:
    tables = open_tables(URI)
    for changed in (0, 1):
        tables.replace_shard("elements", shard, elements(shard, 60, changed=[changed]))
    tables.add_images(images(shard, 60))


def test_writers_at_once_lose_nothing_on_an_object_store(bucket: None) -> None:
    tables = open_tables(URI)
    tables.ensure(DIMENSION, DIMENSION)
    context = multiprocessing.get_context("spawn")  # a fork server of an earlier test has its environment
    processes = [context.Process(target=_write, args=(shard,)) for shard in ("00", "01", "02")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert tables.open("elements").count_rows() == 180
    assert tables.open("elements").count_rows("text LIKE '%edited'") == 3
    assert tables.open("images").count_rows() == 60
    report = build_indexes(tables, IndexOptions(sample=3))
    assert report["holds"]
    cut_release(tables, "a", metrics=report, settings={})
    tables.replace_shard("elements", "00", elements("00", 0))
    maintain(tables, IndexOptions(clean_up_days=1e-9))
    assert open_release(URI).elements.count_rows() == 180
    assert tables.open("elements").count_rows() == 120
    with pytest.raises(IndexStoreError, match=r"s3://none/home/lancedb: NoSuchBucket.*make the bucket") as raised:
        open_release("s3://none/home/lancedb")
    assert len(str(raised.value)) < 200


def test_what_another_process_wrote_since_is_found(bucket: None) -> None:
    store, wanted = StageStore(Folder(STAGES)), {"a"}
    store.refresh("stage", "00", wanted, computed, ROW)  # it has listed the stage by now
    for number in range(2):
        wanted = {*wanted, f"unit {number}"}
        _in_processes([wanted])
        check_rows(store, wanted)
        assert len(Folder(STAGES).names("stage")) == 2 + number + 1


def test_two_runs_of_one_shard_at_once_both_end_well(bucket: None) -> None:
    for number in range(2):
        wanted = {f"unit {number} {each}" for each in range(20)}
        _in_processes([wanted, wanted])
        check_rows(StageStore(Folder(STAGES)), wanted)


def _in_processes(all_wanted: list[set[str]]) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=refresh, args=(wanted,)) for wanted in all_wanted]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0


def test_the_usual_variables_name_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert environment_options("s3://bucket/home") == {}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert environment_options("s3://bucket/home") == {
        "region": "eu-central-1",
        "endpoint": "http://127.0.0.1:9000",
        "allow_http": "true",
    }
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://minio.example")
    assert environment_options("s3://bucket/home")["allow_http"] == "false"
    assert environment_options("gs://bucket/home") == {}
    assert environment_options("/a/folder") == {}


def test_a_store_whose_driver_is_missing_names_the_package() -> None:
    with pytest.raises(OSError, match=r"dropbox://home cannot be reached: .*install"):
        Folder("dropbox://home")
