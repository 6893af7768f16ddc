"""`codices ui`: the Dagster UI on a home, with its daemon, for as long as the command runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from codices.pipelines.instance import prepare_instance
from codices.pipelines.provenance import LOCATION, MODULE
from codices.resources.home.home import Home, open_home
from codices.resources.settings.settings import Settings, settings_file

HOST = "127.0.0.1"  # Dagster's UI asks nobody for a password
START_SECONDS = 300  # in which the definitions are loaded on a slow and busy machine
STOP_SECONDS = 20  # that the processes have to end by themselves
LOG = "ui.log"  # in the instance's folder: what Dagster says
_LOADED = (
    "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename ... on \
PythonError { message } } } } } }"
)


class UiFailed(Exception):
    """The UI did not start, or ended by itself; the message says where to read why."""


def serve_ui(settings: Settings, port: int, announce: Callable[[str], None]) -> None:
    """Run webserver and daemon on the home of `settings`, under these settings, until Ctrl-C or SIGTERM.

    `announce` is called once, with the URL, when the definitions are loaded. Port 0 means any that is free. Raises
    UiFailed, and what `open_home` does.
    """
    home = open_home(settings)
    folder = prepare_instance(settings)
    port = _usable(port)
    url = f"http://{HOST}:{port}"
    log = folder / LOG
    with _ended_by_signals(), _dagster(home, folder, port, log) as process:
        _wait_until_loaded(url, process, log)
        announce(url)
        process.wait()
        raise UiFailed(f"the UI ended by itself; {log} says why")


def _usable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just left is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UiFailed(
                f"port {port} cannot be used ({error.strerror}); give another --port, or 0 for any"
            ) from error
        return probe.getsockname()[1]


@contextmanager
def _dagster(home: Home, folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`dagster dev`, which starts webserver, daemon and code server; they end with it, whatever happens here."""
    workspace = folder / "workspace.json"  # JSON is YAML
    workspace.write_text(json.dumps(_workspace()))
    command = [sys.executable, "-m", "dagster", "dev", "--workspace", str(workspace)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", HOST, "--port", str(port), "--log-level", "warning"],
            env={**os.environ, **_environment(home, folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _workspace() -> Mapping[str, object]:
    """The definitions, as a module of this installation."""
    module = {"module_name": MODULE, "location_name": LOCATION}  # switched-on schedules are kept under this name
    return {"load_from": [{"python_module": module}]}


def _environment(home: Home, folder: Path) -> dict[str, str]:
    """The same settings for every process, wherever it runs; without Dagster's warnings about its betas."""
    config = {"CODICES_CONFIG": str(settings_file().resolve())} if settings_file().exists() else {}
    return {
        **config,
        "CODICES_HOME": home.url,
        "CODICES_CORPUS": home.corpus,
        "DAGSTER_HOME": str(folder),
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "ignore",
        "NO_COLOR": "1",
    }


def _wait_until_loaded(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UiFailed(f"the UI did not start; {log} says why")
        with suppress(OSError):
            entries = _ask(url, _LOADED)["workspaceOrError"]["locationEntries"]
            if entries and all(entry["loadStatus"] == "LOADED" for entry in entries):
                error = entries[0]["locationOrLoadError"]
                if error["__typename"] == "PythonError":
                    raise UiFailed(f"the definitions cannot be loaded: {error['message'].strip()}")
                return
        time.sleep(0.5)
    raise UiFailed(f"the UI did not answer within {START_SECONDS} s; {log} may say why")


def _ask(url: str, query: str) -> dict:
    request = urllib.request.Request(
        f"{url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does: processes that it started are stopped."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask Dagster to end its processes, then end what is left of its session, at once when a signal comes again."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
