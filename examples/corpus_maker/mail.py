"""A support case as an e-mail with a screenshot and a log attached."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from examples.corpus_maker.screenshots import quota_dialog

BODY = """Dear support team,

since 06:40 UTC partners of ours get 429 on about a third of their calls, although they are far below their
quota. The console shows the dialog in the attached picture. We have restarted ballast on gd-sluice-1 without
success. Between the nodes, UDP port 8600 was blocked by a new firewall rule (FW-7719) until 07:25; after that
the errors went down but did not stop.

Cluster: edge-eu-2, version 4.6.4, mode strict.

Please tell us whether counters can be moved to another node by hand.

Kind regards
Ilse Maarten
Network platform, Harlund Retail
"""

LOG = """2026-06-03T06:41:07Z gd-sluice-1 ballast level=warn tg.code=TG-4291 shard=5 peer=gd-sluice-2 err="i/o timeout"
2026-06-03T06:41:09Z gd-sluice-1 ballast level=warn tg.code=TG-4291 shard=5 peer=gd-sluice-2 err="i/o timeout"
2026-06-03T07:26:30Z gd-sluice-1 ballast level=info msg="shard 5 owner moved" from=gd-sluice-2 to=gd-sluice-3
2026-06-03T07:26:31Z gd-sluice-1 ballast level=error tg.code=TG-4291 shard=11 err="epoch 77 is behind 79"
"""


def support_case() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Ilse Maarten <i.maarten@harlund.example>"
    message["To"] = "support@tidegate.example"
    message["Date"] = "Wed, 03 Jun 2026 07:58:12 +0000"
    message["Subject"] = "Case 58213: 429 for partners below their quota"
    message["Message-ID"] = "<20260603075812.58213@harlund.example>"
    message.set_content(BODY)
    message.add_attachment(quota_dialog(), maintype="image", subtype="png", filename="quota-dialog.png")
    message.add_attachment(LOG, filename="ballast.log")
    message.set_boundary("=_tidegate_case_58213")
    return message.as_bytes()


def mails() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    return {"cases/case-58213.eml": support_case()}
