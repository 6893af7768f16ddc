"""Telling somebody who does not look: a webhook, or a mail, as the settings say."""

from __future__ import annotations

import json
import smtplib
import urllib.request
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from codices.resources.settings.alert_options import AlertOptions

_SECONDS = 15  # that a server has to answer


class AlertError(Exception):
    """An alert that could not be delivered; the message says where to and why."""


@dataclass(frozen=True)
class Alert:
    """`kind`: run_failed or check_failed. `text`: what a person reads, as Slack and Mattermost expect it under this
    name. `details`: a line for each step or check."""

    kind: str
    text: str
    job: str
    run_id: str
    home: str
    details: list[str]


def deliver(alert: Alert, options: AlertOptions) -> None:
    """Send the alert to every place of the settings, if there is any. Raises AlertError after all were tried."""
    wrong = []
    for place, send in ((options.webhook, _post), (", ".join(options.email), _mail)):
        if not place:
            continue
        try:
            send(alert, options)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            told = urlsplit(place).hostname if send is _post else place  # the rest of a URL may be a secret
            wrong.append(f"no alert reached {told}: {error}")
    if wrong:
        raise AlertError("; ".join(wrong))


def _post(alert: Alert, options: AlertOptions) -> None:
    url = options.webhook or ""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("a webhook is an http or https URL")
    body = json.dumps(asdict(alert)).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_SECONDS):
        pass  # an answer that is an error is raised


def _mail(alert: Alert, options: AlertOptions) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(f"Codices: {alert.text}".split())[:200]
    message["From"], message["To"] = options.sender, ", ".join(options.email)
    message.set_content("\n".join([alert.text, *alert.details, f"home: {alert.home}", f"run: {alert.run_id}"]))
    host, _, port = options.smtp.partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=_SECONDS) as server:
        server.send_message(message)
