"""The HTML pages and plain text files of the Tidegate documentation."""

from __future__ import annotations

import base64

from examples.corpus_maker import diagrams, product
from examples.corpus_maker.drawing import render_png
from examples.corpus_maker.markup import html_table
from examples.corpus_maker.product import Rows

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} - Tidegate 4.7</title>
<style>body {{ font-family: sans-serif; max-width: 46em; margin: auto }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid #bbb; padding: 4px 8px }}</style>
</head>
<body>
<nav><a href="../guide/index.md">Tidegate 4.7</a></nav>
<main>
<h1>{title}</h1>
{body}
</main>
<footer>Tidegate 4.7.2 documentation, built 2026-06-18</footer>
</body>
</html>
"""

QUOTAS: Rows = [
    ["Plan", "rate_per_second", "burst", "Daily quota", "Key"],
    ["Free", "5", "20", "10,000", "api_token"],
    ["Team", "50", "200", "1,000,000", "api_token"],
    ["Partner", "400", "1,600", "40,000,000", "client certificate"],
    ["Internal", "2,000", "8,000", "none", "service account"],
]

RATE_LIMITING = """<p>ballast decides whether a request may pass. It keeps one token bucket per key, and every
request takes one token.</p>
<figure>
<img src="images/token-bucket.png" alt="A bucket that is refilled at a steady rate and emptied by requests">
<figcaption>Figure 1. The token bucket of ballast: refill rate, burst size and what happens when it is
empty.</figcaption>
</figure>
<h2>Plans</h2>
{table}
<h2>Strict and lenient mode</h2>
<p>Counters are spread over the nodes by consistent hashing. When the node that holds a counter cannot be
reached, <code>ballast.mode = "lenient"</code> lets the request pass, while <code>strict</code> answers 429 with
TG-4291.</p>
<h2>Headers</h2>
<p>Answers carry <code>x-ratelimit-remaining</code> and, when rejected, <code>retry-after</code> in seconds.</p>
"""

TLS = """<p>sluice ends TLS 1.3 and 1.2. Older versions are refused, and so are cipher suites without forward
secrecy, unless <code>tls_profile: legacy</code> is set on the listener.</p>
<h2>Handshake</h2>
<p>Private keys are never written to the disk of a proxy. On the first contact for a name, sluice asks
lockmaster for the certificate and keeps it in memory for one hour.</p>
<figure>
<img alt="Sequence of messages between client, sluice, lockmaster and ledger" src="data:image/png;base64,{image}">
<figcaption>Figure 1. TLS handshake with the certificate fetched from the control plane.</figcaption>
</figure>
<h2>Profiles</h2>
{table}
<h2>Client certificates</h2>
<p>Set <code>tls.client_ca</code> to a bundle and <code>tls.client_auth</code> to <code>require</code>. A client
without a certificate from that bundle gets 403 with TG-4031.</p>
"""

PROFILES: Rows = [
    ["Profile", "Versions", "Key exchange", "For"],
    ["modern", "TLS 1.3", "X25519MLKEM768, X25519", "browsers since 2020"],
    ["intermediate", "TLS 1.2, 1.3", "X25519, P-256", "default"],
    ["legacy", "TLS 1.2", "P-256, P-384", "payment terminals, old devices"],
]

ERROR_CODES = """<p>Every error that Tidegate raises has a code. It stands in the answer's
<code>x-tidegate-error</code> header and in the log field <code>tg.code</code>.</p>
{table}
<h2>Reasons</h2>
<p>Some codes have several causes. The log field <code>tg.reason</code> tells them apart.</p>
{reasons}
<h2>Example of a log line</h2>
<pre>ts=2026-06-03T09:14:22.871Z level=error node=sluice-3 tg.code=TG-5021
tg.reason=ERR_UPSTREAM_RESET pool=checkout
member=10.4.1.12:8080 request_id=6f1d3c52-8a0e-4f47-9d2b-c1e5a7b90344 msg="upstream closed early"</pre>
"""

ADVISORY = """TIDEGATE SECURITY ADVISORY TGSA-2026-0014

Title:      Request smuggling through duplicate content-length headers
Severity:   high (8.1)
Affects:    sluice 4.5.0 to 4.5.9, 4.6.0 to 4.6.4, 4.7.0
Fixed in:   4.5.10, 4.6.5, 4.7.1
Reference:  CVE-2026-990417

Summary
sluice accepted HTTP/1.1 requests with two content-length headers of different value and passed the first one
on. A member that believes the second one can be made to see a request that sluice never checked.

Workaround
Set listener.http1.reject_duplicate_length = true on every listener. The setting exists since 4.5.0 and is off
by default in the affected versions.

Credit
Found in an internal review on 2026-05-20.
"""

CHANGELOG = """Tidegate change log

4.7.2 (2026-06-18)
  * sluice: fixed a leak of 4 KiB for every aborted HTTP/3 stream (TGD-8812)
  * tgctl: config verify prints the line of the first error (TGD-8790)

4.7.1 (2026-05-29)
  * sluice: duplicate content-length headers are refused, see TGSA-2026-0014
  * buoy: grpc probes send a user agent (TGD-8731)

4.7.0 (2026-05-12)
  * sluice: consistent_hash can use a cookie (TGD-8502)
  * ballast: counters survive the restart of a node (TGD-8488)
  * lockmaster: new flag --raft-snapshot-interval, default 10m (TGD-8467)
  * removed: TIDEGATE_LEGACY_ROUTER, deprecated since 4.4

4.6.5 (2026-05-29)
  * sluice: duplicate content-length headers are refused, see TGSA-2026-0014
"""

INVENTORY = """hostname,role,serial,site,version,address,uuid
lb-a,load balancer,TG220-00417,Rotterdam,4.7.2,10.4.0.2,0b9d8c1e-31f7-4c58-8f0a-2d6e7a915b03
lb-b,load balancer,TG220-00418,Rotterdam,4.7.2,10.4.0.3,7c2f4e90-6d1b-4a3e-b5c8-914f0d27ae61
sluice-1,proxy,TG220-00431,Rotterdam,4.7.2,10.4.0.11,e41a7d35-0c82-49f6-a7be-53d80c6f1279
sluice-2,proxy,TG220-00432,Rotterdam,4.7.2,10.4.0.12,9a60b3f8-e25d-4b17-8c4d-06f1e7d2385a
sluice-3,proxy,TG220-00433,Rotterdam,4.7.1,10.4.0.13,5d83c7a2-f41e-4690-9b2c-e8a70d514f36
lockmaster-1,control plane,TG110-00092,Rotterdam,4.7.2,10.4.0.21,c06e52b9-7a3d-4f81-bd95-1e4c8027fa63
gd-sluice-1,proxy,TG220-00502,Gdansk,4.7.2,10.9.0.11,38f5d1c4-92ab-4e06-87d3-b60c4f1e925a
gd-lockmaster-1,control plane,TG110-00097,Gdansk,4.7.2,10.9.0.21,f27b90d6-4c15-4d8a-a3e7-50c9d81b6e24
"""


def html_pages() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    handshake = base64.b64encode(render_png(diagrams.tls_sequence())).decode()
    bodies = {
        "rate-limiting": (
            "Rate limiting",
            RATE_LIMITING.format(table=html_table(QUOTAS, "Table 1. Quotas of the plans")),
        ),
        "tls": (
            "TLS",
            TLS.format(image=handshake, table=html_table(PROFILES, "Table 1. TLS profiles")),
        ),
        "error-codes": (
            "Error codes",
            ERROR_CODES.format(
                table=html_table(product.ERRORS, "Table 1. Error codes"),
                reasons=html_table(product.REASONS, "Table 2. Reasons"),
            ),
        ),
    }
    return {
        f"html/{name}.html": PAGE.format(title=title, body=body).encode() for name, (title, body) in bodies.items()
    } | {
        "html/images/token-bucket.png": render_png(diagrams.token_bucket()),
        "notices/TGSA-2026-0014.txt": ADVISORY.encode(),
        "notices/CHANGELOG.txt": CHANGELOG.encode(),
        "inventory/nodes.csv": INVENTORY.encode(),
    }
