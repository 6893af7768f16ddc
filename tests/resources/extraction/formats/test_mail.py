"""EML and MSG: headers, body and inline pictures are the document, attachments are documents of their own."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from codices.resources.extraction.common.media_types import EML, MSG
from codices.resources.extraction.formats.mail import attachments
from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import compound_file, outlook_message, outlook_tree, parsed, png, written


def message(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in {"From": "Ann Ä <ann@example.org>", "To": "bob@example.org", **headers}.items():
        mail[name] = value
    return mail


def test_html_mail_with_inline_picture_and_attachments(tmp_path: Path):
    mail = message(Subject="Pumpe überholt", Date="Mon, 05 May 2025 10:00:00 +0200")
    mail.set_content("plain version")
    mail.add_alternative('<p>See <b>here</b></p><img src="cid:pic1" alt="The pump"><p>Bye</p>', subtype="html")
    parts: Any = mail.get_payload()
    parts[1].add_related(png(), "image", "png", cid="<pic1>")
    mail.add_attachment(b"%PDF-1.4 ...", maintype="application", subtype="pdf", filename="../a/rêport.pdf")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="rêport.pdf")
    inner = message(Subject="Inner")
    inner.set_content("inside")
    mail.add_attachment(inner)
    extraction = parsed(written(tmp_path, "m.eml", bytes(mail)))
    assert extraction.title == "Pumpe überholt"
    first = extraction.blocks[0].text
    assert "From: Ann Ä <ann@example.org>" in first
    assert "Date: Mon, 05 May 2025" in first
    assert [block.text for block in extraction.blocks[1:]] == [
        "See here",
        "Bye",
        "Attachments: ../a/rêport.pdf, rêport.pdf, Inner.eml",
    ]
    [figure] = extraction.figures
    assert (figure.alt, figure.heading_path, figure.link) == ("The pump", ("Pumpe überholt",), None)
    names = [name for name, _ in attachments(bytes(mail), EML)]
    assert names == ["rêport.pdf", "rêport (2).pdf", "Inner.eml"]
    nested = parsed(written(tmp_path, "n.eml", attachments(bytes(mail), EML)[2][1]))
    assert nested.blocks[-1].text == "inside"


def test_a_picture_that_the_body_shows_is_of_the_body_though_marked_as_an_attachment(tmp_path: Path):
    mail = message(Subject="Apple style")
    mail.set_content('<p>See</p><img src="cid:one@x" alt="wiring"><p>Regards</p>', subtype="html")
    for name, shade in (("one", 40), ("other", 90)):
        mail.add_attachment(png(shade=shade), "image", "png", filename=f"{name}.png", cid=f"<{name}@x>")
    [figure] = parsed(written(tmp_path, "m.eml", bytes(mail))).figures
    assert figure.alt == "wiring"
    assert figure.before.endswith(" See")
    assert figure.after.startswith("Regards")
    assert [name for name, _ in attachments(bytes(mail), EML)] == ["other.png"]


def test_plain_mail_in_latin_1(tmp_path: Path):
    head = "From: a@b\nTo: c@d\nMIME-Version: 1.0\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\n"
    raw = f"{head}Content-Type: text/plain; charset=iso-8859-1\n\nSchöne Grüße\n\n- a\n- b\n"
    extraction = parsed(written(tmp_path, "m", raw.encode("latin-1")), "m")
    assert extraction.title == "Grüße"
    assert [(block.kind, block.text) for block in extraction.blocks[1:]] == [
        ("text", "Schöne Grüße"),
        ("list_item", "- a"),
        ("list_item", "- b"),
    ]


def test_a_date_that_no_calendar_has_costs_nothing_else(tmp_path: Path):
    raw = f"From: a@b\nSubject: Pump\nDate: Mon, 3 Mar {'9' * 30} 10:00:00 +0000\n\nIt leaks.\n"
    extraction = parsed(written(tmp_path, "m", raw.encode()), "m")
    assert extraction.title == "Pump"
    assert extraction.blocks[-1].text == "It leaks."


def test_outlook(tmp_path: Path):
    data = outlook_message(
        "Report", "First line\n\nSecond", "ann@example.org", [("a.txt", b"x" * 9000), ("b.txt", b"y")]
    )
    extraction = parsed(written(tmp_path, "m.msg", data))
    assert extraction.title == "Report"
    assert [block.text for block in extraction.blocks[1:3]] == ["First line", "Second"]
    assert "ann@example.org" in extraction.blocks[0].text
    assert attachments(data, MSG) == [("a.txt", b"x" * 9000), ("b.txt", b"y")]


def mime(kind: str, *parts: str) -> str:
    """A multipart of `kind`, to be a part itself."""
    edge = f"edge{abs(hash((kind, parts)))}"
    return f'Content-Type: multipart/{kind}; boundary="{edge}"\n\n' + "".join(
        f"--{edge}\n{part}\n" for part in parts
    ) + f"--{edge}--"  # fmt: skip


PLAIN, PAGE = "Content-Type: text/plain\n\n", "Content-Type: text/html\n\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (mime("mixed", f"{PLAIN}the message", f"{PAGE}<p>disclaimer"), ["the message", "disclaimer"]),
        (
            mime("mixed", mime("alternative", f"{PLAIN}as text", f"{PAGE}<p>as page"), f"{PLAIN}list footer"),
            ["as page", "list footer"],
        ),
        (mime("alternative", f"{PLAIN}as text", mime("related", f"{PAGE}<p>as page")), ["as page"]),
        (mime("mixed", f"{PAGE}<p>one", f"{PLAIN}two", f"{PAGE}<p>three"), ["one", "two", "three"]),
        (
            mime("report", f"{PLAIN}not delivered", "Content-Type: message/delivery-status\n\nA: mta\n\nCode: 550"),
            ["not delivered", "A: mta", "Code: 550"],
        ),
    ],
    ids=["disclaimer", "list footer", "alternatives", "in order", "bounce"],
)
def test_every_part_of_a_body_is_read_once(tmp_path: Path, body: str, expected: list[str]):
    mail = f"From: a@b\nTo: c@d\nSubject: s\nMIME-Version: 1.0\n{body}\n"
    extraction = parsed(written(tmp_path, "m.eml", mail))
    assert [block.text for block in extraction.blocks[1:]] == expected


def test_an_attachment_without_bytes_is_one_all_the_same():
    mail = message(Subject="s")
    mail.set_content("text")
    mail.add_attachment(b"", maintype="application", subtype="pdf", filename="empty.pdf")
    assert attachments(bytes(mail), EML) == [("empty.pdf", b"")]


RTF = b"{\\rtf1\\ansi Only in {\\b RTF}\\par}"


@pytest.mark.parametrize(
    ("binaries", "numbers", "expected"),
    [
        ({0x1013: "<p>café €".encode("cp1252")}, {0x3FDE: 65001}, "café €"),
        ({0x1013: "<p>中文鎔".encode("gb18030")}, {0x3FDE: 936}, "中文鎔"),
        ({0x1009: struct.pack("<II4sI", len(RTF) + 12, len(RTF), b"MELA", 0) + RTF}, {}, "Only in RTF"),
        (
            {0x1009: bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")},
            {},
            "WXYZWXYZWXYZWXYZWXYZ",
        ),
    ],
    ids=["wrong code page", "wider code page", "rtf", "packed rtf"],
)
def test_bodies_of_outlook(tmp_path: Path, binaries: dict[int, bytes], numbers: dict[int, int], expected: str):
    tree = outlook_tree("s", "", "a@b", [], binaries=binaries, numbers=numbers)
    extraction = parsed(written(tmp_path, "m.msg", compound_file(tree)))
    assert extraction.blocks[-1].text == expected
    assert extraction.warnings == []


def test_a_message_inside_an_outlook_message_is_an_attachment(tmp_path: Path):
    deepest = outlook_tree("Deepest", "at the ground", "x@y", [("c.txt", b"deep")], is_inside=True)
    inner = outlook_tree("Größe", "inside", "x@y", [("a.txt", b"content"), ("", deepest)], is_inside=True)
    data = compound_file(outlook_tree("Outer", "body", "a@b", [("", inner)]))
    [(name, mail)] = attachments(data, MSG)
    assert (name, attachments(data, MSG)) == ("Größe.eml", [(name, mail)])
    extraction = parsed(written(tmp_path, "i.eml", mail))
    assert [block.text for block in extraction.blocks] == [
        'From: "x@y" <x@y>\nSubject: Größe',
        "inside",
        "Attachments: a.txt, Deepest.eml",
    ]
    [first, (_, deep)] = attachments(mail, EML)
    assert first == ("a.txt", b"content")
    assert attachments(deep, EML) == [("c.txt", b"deep")]


@pytest.mark.parametrize(
    "content",
    [
        outlook_message("s", "", "a@b", [("smime.p7m", b"x")], "IPM.Note.SMIME"),
        outlook_message("s", "", "a@b", [("message.rpmsg", b"x")]),
        b"From: a@b\nTo: c@d\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\nMIME-Version: 1.0\n\nAA",
        b'From: a@b\nTo: c@d\nMIME-Version: 1.0\nContent-Type: multipart/encrypted; boundary="b"\n\n--b--',
    ],
    ids=["msg smime", "msg rights", "eml smime", "eml pgp"],
)
def test_encrypted_mail_is_a_failure_with_a_reason(tmp_path: Path, content: bytes):
    with pytest.raises(ExtractionError) as failure:
        parsed(written(tmp_path, "m.eml" if content.startswith(b"From") else "m.msg", content))
    assert failure.value.kind == "encrypted"
