"""Whoever does not look is told: of a run that failed, and of documents that fail in one that went well."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from codices.resources.corpus.corpus import shard_keys
from codices.resources.reports.alerts import Alert, AlertError, deliver
from codices.resources.settings.alert_options import AlertOptions
from tests.conftest import SHARDS

RANGE = {
    "dagster/asset_partition_range_start": shard_keys(SHARDS)[0],
    "dagster/asset_partition_range_end": shard_keys(SHARDS)[-1],
}


@pytest.fixture
def received() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of a webhook, and what it gets."""
    bodies: list[dict[str, Any]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret", bodies
    server.shutdown()
    server.server_close()


def test_a_failed_document_and_a_failed_run_reach_the_webhook(
    home: Path, tmp_path: Path, received: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
):
    from codices.pipelines.alerting import alert_on_check_failure, alert_on_run_failure
    from codices.pipelines.definitions import defs

    url, bodies = received
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "note.md").write_text("# Lamp\n\nThe lamp needs 24 V.\n")
    (corpus / "empty.md").touch()
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    monkeypatch.setenv("CODICES_ALERTS__WEBHOOK", url)
    job = defs.resolve_job_def("index")

    def run() -> dg.ExecuteInProcessResult:
        return job.execute_in_process(instance=instance, tags=RANGE, raise_on_error=False)

    with dg.DagsterInstance.ephemeral() as instance:
        done = run()
        alert_on_check_failure(
            dg.build_run_status_sensor_context(
                "alert_on_check_failure", done.get_run_success_event(), instance, done.dagster_run
            )
        )
        [told] = bodies
        assert (told["kind"], told["run_id"], told["job"]) == ("check_failed", done.run_id, "index")
        assert told["details"] == [
            "documents: no_document_failed_in_this_run: 1 of 2 documents failed, 1 of them in this run: empty.md"
        ]
        assert told["home"] == str(home)

        bodies.clear()
        quiet = run()
        alert_on_check_failure(
            dg.build_run_status_sensor_context(
                "alert_on_check_failure", quiet.get_run_success_event(), instance, quiet.dagster_run
            )
        )
        assert bodies == [], "a failure that is known is not told with every run"

        corpus.rename(tmp_path / "away")
        broken = run()
        alert_on_run_failure(
            dg.build_run_status_sensor_context(
                "alert_on_run_failure", broken.get_run_failure_event(), instance, broken.dagster_run
            ).for_run_failure()
        )
    [told] = bodies
    assert told["kind"] == "run_failed"
    assert "documents" in told["details"][0]
    assert str(corpus) in told["details"][0], "the reason, not only the step"


ALERT = Alert("run_failed", "the run of index\nfailed", "index", "0123", "/srv/home", ["documents: the disk is full"])


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """The port of a server that takes one mail, and what was sent to it, line by line."""
    lines: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", newline="\r\n") as stream:
            answers = {"DATA": "354 go on", "QUIT": "221 bye"}
            in_data = False
            stream.write("220 ready\r\n")
            stream.flush()
            for line in stream:
                lines.append(line.strip())
                in_data = in_data and line.strip() != "."
                if in_data:
                    continue
                in_data = line.startswith("DATA") or line.startswith("data")
                stream.write(answers.get(line[:4].strip().upper(), "250 fine") + "\r\n")
                stream.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], lines
    thread.join(10)
    listener.close()


def test_a_mail_has_the_reason_and_its_subject_is_one_line():
    with mail_server() as (port, lines):
        deliver(ALERT, AlertOptions(email=("ops@example.org",), smtp=f"127.0.0.1:{port}"))
    assert "Subject: Codices: the run of index failed" in lines
    assert "To: ops@example.org" in lines
    assert "documents: the disk is full" in lines


def test_an_alert_that_reaches_nobody_is_an_error_without_the_secret_of_the_url():
    with pytest.raises(AlertError, match=r"no alert reached 127\.0\.0\.1: ") as error:
        deliver(ALERT, AlertOptions(webhook="http://127.0.0.1:9/secret"))
    assert "secret" not in str(error.value)
    deliver(ALERT, AlertOptions())
