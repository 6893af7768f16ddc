"""JSON, YAML, TOML, CSV, notebooks and mail: depth, width, numbers and names without end."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.hostile.attacks.archives import mail

_HEAD = b"From: a@b.example\r\nMIME-Version: 1.0\r\n"


def multiparts_in_multiparts() -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(500)
    )
    return _HEAD + b"Subject: Deep\r\n" + opened + b"\r\nText.\r\n"


def long_headers() -> bytes:
    subject = b"Subject: =?utf-8?q?" + b"=41" * 300_000 + b"?=\r\n"
    return _HEAD + subject + b"References: " + b"<a@b> " * 200_000 + b"\r\n\r\nText\r\n"


def merged_keys() -> bytes:
    """Each of 300 maps takes in the same one 200 times."""
    return b"a: &a {x: 1}\n" + b"".join(b"k%d: {<<: [%s]}\n" % (number, b"*a," * 200) for number in range(300))


def notebook() -> bytes:
    output = {"output_type": "display_data", "data": {"image/png": "A" * 200_000, "text/html": "<td>" * 20_000}}
    cell = {"cell_type": "code", "source": "x", "outputs": [output] * 3}
    return json.dumps({"cells": [cell] * 3, "nbformat": 4}).encode()


TEXTS: dict[str, Callable[[], bytes]] = {
    "deep.json": lambda: b"[" * 100_000 + b"]" * 100_000,
    "number.json": lambda: b'{"a": ' + b"9" * 1_000_000 + b"}",
    "keys.json": lambda: json.dumps({f"key {number}": number for number in range(50_000)}).encode(),
    "merged-keys.yaml": merged_keys,
    "quotes.toml": lambda: b"a = 9999-99-99T99:99:99Z\nb = " + b"[" * 3000 + b"]" * 3000 + b"\n",
    "quoted.csv": lambda: b'"' + b"a,b\n" * 200_000,
    "wide.csv": lambda: b",".join(b"c%d" % number for number in range(100_000)) + b"\n" + (b"1," * 99_999 + b"1\n") * 3,
    "outputs.ipynb": notebook,
    "attachments.eml": lambda: mail(*((f"{number}.txt", b"x") for number in range(2_000))),
    "multiparts.eml": multiparts_in_multiparts,
    "headers.eml": long_headers,
}
