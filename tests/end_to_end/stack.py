"""A real Dagster webserver and daemon on a home, and its GraphQL API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

_LAUNCH = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_BACKFILL = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  __typename ... on PartitionBackfill { status error { message } runs(limit: 100) { id status } } } }"""
_LAUNCH_RUN = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_RUN = "query($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status } } }"
_REPOSITORY = """{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"""
_COUNTS = """query($asset: String!) { assetNodeOrError(assetKey: {path: [$asset]}) { ... on AssetNode {
  assetMaterializations(limit: 1) { metadataEntries { label ... on IntMetadataEntry { intValue } } } } } }"""
_FINISHED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED", "SUCCESS", "FAILURE"}


class Stack:
    """The GraphQL API of one webserver."""

    def __init__(self, port: int):
        self.port = port

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        assert not answer.get("errors"), answer["errors"]
        return answer["data"]

    def backfill(self, assets: list[str], shards: list[str], timeout: float = 500) -> dict[str, Any]:
        """Launch a backfill as the UI does, and wait for its end."""
        parameters = {"assetSelection": [{"path": [name]} for name in assets], "partitionNames": shards}
        launched = self.ask(_LAUNCH, params=parameters)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return self._wait(timeout, lambda: self.ask(_BACKFILL, id=launched["backfillId"])["partitionBackfillOrError"])

    def materialize(self, assets: list[str], shard: str, timeout: float = 300, **config: Any) -> dict[str, Any]:
        """Launch one step over one shard as the launchpad does, with `config` of the resource, and wait for its end."""
        [repository] = self.ask(_REPOSITORY)["repositoriesOrError"]["nodes"]
        parameters = {
            "selector": {
                "repositoryName": repository["name"],
                "repositoryLocationName": repository["location"]["name"],
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [{"path": [name]} for name in assets],
                "assetCheckSelection": [],
            },
            "mode": "default",
            "runConfigData": json.dumps({"resources": {"codices": {"config": config}}}),
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": shard}]},
        }
        launched = self.ask(_LAUNCH_RUN, params=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return self._wait(timeout, lambda: self.ask(_RUN, id=launched["run"]["runId"])["runOrError"])

    def counts(self, asset: str) -> dict[str, int]:
        """The whole numbers that the newest materialization of an asset tells."""
        [newest] = self.ask(_COUNTS, asset=asset)["assetNodeOrError"]["assetMaterializations"]
        return {entry["label"]: entry["intValue"] for entry in newest["metadataEntries"] if "intValue" in entry}

    @staticmethod
    def _wait(timeout: float, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        deadline, found = time.monotonic() + timeout, {}
        while time.monotonic() < deadline:
            found = look()
            if found.get("status") in _FINISHED:
                return found
            time.sleep(1)
        raise TimeoutError(f"it is still {found}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_stack(home: Path, corpus: Path) -> Iterator[Stack]:
    """`dagster dev` (webserver, daemon, code server) on a prepared home."""
    environment = {
        **os.environ,
        "CODICES_HOME": str(home),
        "CODICES_CORPUS": str(corpus),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    environment["DAGSTER_HOME"] = subprocess.run(
        [sys.executable, "-m", "codices.pipelines.instance"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    port = _free_port()
    with (home / "stack.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "dagster"),
                *("dev", "--workspace", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)),
            ],
            cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            stack, deadline = Stack(port), time.monotonic() + 180
            while True:
                with suppress(OSError, AssertionError):
                    nodes = stack.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
                    if nodes["repositoriesOrError"].get("nodes"):
                        break
                if time.monotonic() > deadline or process.poll() is not None:
                    raise TimeoutError((home / "stack.log").read_text()[-3000:])
                time.sleep(1)
            yield stack
        finally:
            os.killpg(process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
