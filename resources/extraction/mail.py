"""Mail: EML and MSG. Headers and body are the document; attachments are documents of their own.

The pictures that a body shows inline belong to the body.
"""

from __future__ import annotations

import contextlib
import email.errors
import email.utils
import io
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path
from typing import Any

from resources.extraction.encodings import decode
from resources.extraction.flow import Flow, ReadLink, tidy
from resources.extraction.limits import check_size, reading_error
from resources.extraction.media_types import EML, MSG
from resources.extraction.model import Extraction, ExtractionError
from resources.extraction.options import ExtractionOptions
from resources.extraction.plain_text import write_text
from resources.extraction.web import read_html

MAX_ATTACHMENTS = 1000
SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")

_CONTENT_ID = 0x3712  # PidTagAttachContentId


@dataclass
class _Mail:
    headers: dict[str, str] = field(default_factory=dict)
    html: str = ""
    text: str = ""
    inline: dict[str, bytes] = field(default_factory=dict)  # content id or name -> picture
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def parse_eml(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One RFC 822 message. Raises ExtractionError: "encrypted", "corrupt", "no_content"."""
    return _extract(_read_eml(_bytes(data_path, options)), EML, options, read_link)


def parse_msg(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One Outlook message. Raises ExtractionError: "encrypted", "corrupt", "no_content"."""
    return _extract(_read_msg(_bytes(data_path, options)), MSG, options, read_link)


def attachments(data: bytes, media_type: str) -> list[tuple[str, bytes]]:
    """(name, bytes) of every attachment of a mail's bytes, names made unique and safe to stand in a path.

    `media_type` is that of the mail. Pictures shown in the body are not among them, mails are (as .eml).
    Raises ExtractionError: "encrypted", "corrupt", "too_large".
    """
    mail = _read_msg(data) if media_type == MSG else _read_eml(data)
    if len(mail.attachments) > MAX_ATTACHMENTS:
        raise ExtractionError("too_large", f"the mail has {len(mail.attachments)} attachments")
    named: list[tuple[str, bytes]] = []
    taken: set[str] = set()
    for number, (name, content) in enumerate(mail.attachments, 1):
        safe = _safe_name(name) or f"attachment-{number}"
        stem, dot, suffix = safe.rpartition(".")
        copy = 1
        while safe in taken:
            copy += 1
            safe = f"{stem} ({copy}).{suffix}" if dot and stem else f"{suffix} ({copy})"
        taken.add(safe)
        named.append((safe, content))
    return named


def _bytes(data_path: Path, options: ExtractionOptions) -> bytes:
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_file_mib, "max_file_mib")
    return data


def _extract(mail: _Mail, media_type: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    flow = Flow(media_type, options, lambda target: None)  # a mail has no place in the corpus to link from
    subject = tidy(mail.headers.get("Subject", ""))
    flow.title = subject
    said = [f"{name}: {mail.headers[name]}" for name in SHOWN_HEADERS if tidy(mail.headers.get(name, ""))]
    flow.section(subject)
    flow.text("\n".join(said))
    flow.embedded = lambda target: mail.inline.get(_plain_id(target)) if _is_content_id(target) else None
    if mail.html:
        read_html(mail.html, flow)
        flow.title = subject or flow.title
    else:
        write_text(mail.text, flow)
    shown = {_plain_id(found) for found in re.findall(r"(?i)cid:([^\"'\s>)]+)", mail.html)}
    for name, data in mail.inline.items():
        if name not in shown:
            flow.figure(data, name=name)
    if mail.attachments:
        flow.text("Attachments: " + ", ".join(name for name, _ in mail.attachments if name))
    for line in mail.lost:
        flow.warn("part_lost", line)
    return flow.finish()


def _is_content_id(target: str) -> bool:
    return target.lower().startswith("cid:")


def _plain_id(content_id: str) -> str:
    return re.sub(r"(?i)^cid:", "", content_id).strip().strip("<>")


def _safe_name(name: str) -> str:
    """A file name without folders, control characters and the mark that separates a mail from its attachments."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", name).replace("\\", "/").rpartition("/")[2].strip().strip(".")
    return name.replace("!/", "_")[:150] if len(name) <= 150 else name[:100] + name[-50:]


# EML


def _read_eml(data: bytes) -> _Mail:
    try:
        message = message_from_bytes(data, policy=policy.default)
        return _collect(message)
    except ExtractionError:
        raise
    except (email.errors.MessageError, ValueError, LookupError, AttributeError, TypeError, IndexError, KeyError):
        # The modern policy stumbles over headers that the old one lets pass.
        return _collect(message_from_bytes(data, policy=policy.compat32))
    except RecursionError as error:
        raise ExtractionError("corrupt", "the mail has too many parts inside one another") from error


def _collect(message: Message) -> _Mail:
    mail = _Mail()
    kind = message.get_content_type()
    smime = str(message.get_param("smime-type") or "")
    if kind == "multipart/encrypted" or (kind.endswith("pkcs7-mime") and smime != "signed-data"):
        raise ExtractionError("encrypted", "the mail is encrypted")
    for name in SHOWN_HEADERS:
        value = message.get(name)
        if value is not None:
            mail.headers[name] = _header(value)
    for part in _leaves(message):
        if part is not message and part.get_content_maintype() == "multipart":
            continue
        _add_part(part, part is message, mail)
    return mail


def _leaves(message: Message) -> Iterator[Message]:
    """All parts without those of mails inside this one, which are attachments."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            children: Any = part.get_payload()
            stack.extend(reversed(children))
        else:
            yield part


def _add_part(part: Message, alone: bool, mail: _Mail) -> None:
    kind = part.get_content_type()
    disposition = (part.get_content_disposition() or "").lower()
    name = _header(part.get_filename() or "")
    if kind == "message/rfc822":
        inner: Any = part.get_payload()
        if isinstance(inner, list) and inner:
            subject = _header(inner[0].get("Subject") or "") or "message"
            mail.attachments.append((name or f"{subject[:80]}.eml", bytes(inner[0])))
        return
    data = _payload(part)
    if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
        text = decode(data, part.get_content_charset())
        if kind == "text/html":
            mail.html += text
        else:
            mail.text += ("\n\n" if mail.text else "") + text
        return
    if alone and kind.startswith("text/"):
        mail.text = decode(data, part.get_content_charset())
        return
    content_id = _plain_id(str(part.get("Content-ID") or ""))
    if kind.startswith("image/") and disposition != "attachment" and (content_id or disposition == "inline"):
        mail.inline[content_id or name or f"inline-{len(mail.inline) + 1}"] = data
        return
    if kind in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
        return
    if data:
        mail.attachments.append((name or f"attachment{mimetypes.guess_extension(kind) or ''}", data))


def _payload(part: Message) -> bytes:
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _header(value: object) -> str:
    from email.header import decode_header, make_header

    text = str(value)
    if "=?" in text:
        with contextlib.suppress(LookupError, UnicodeError, email.errors.HeaderParseError):
            text = str(make_header(decode_header(text)))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8", "replace").split())


# MSG


def _read_msg(data: bytes) -> _Mail:
    from oxmsg import Message as OutlookMessage

    mail = _Mail()
    try:
        message: Any = OutlookMessage.load(io.BytesIO(data))
        kind = (message.message_class or "").lower() if hasattr(message, "message_class") else ""
        headers = message.message_headers or {}
        mail.headers = {name: _header(headers[name]) for name in SHOWN_HEADERS if headers.get(name)}
        mail.headers.setdefault("From", message.sender or "")
        mail.headers.setdefault("To", ", ".join(f"{r.name} <{r.email_address}>" for r in message.recipients))
        mail.headers.setdefault("Subject", message.subject or "")
        if "Date" not in mail.headers and message.sent_date is not None:
            mail.headers["Date"] = message.sent_date.isoformat(sep=" ", timespec="minutes")
        mail.html, mail.text = message.html_body or "", message.body or ""
        for attachment in message.attachments:
            _add_outlook_attachment(attachment, mail)
    except (OSError, ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError, LookupError) as error:
        raise ExtractionError("corrupt", f"not a readable Outlook message: {type(error).__name__}: {error}") from error
    names = {name.lower() for name, _ in mail.attachments}
    if ("smime" in kind and "multipartsigned" not in kind) or names & {"message.rpmsg", "smime.p7m"}:
        raise ExtractionError("encrypted", "the mail is encrypted")
    return mail


def _add_outlook_attachment(attachment: Any, mail: _Mail) -> None:
    name = attachment.file_name or ""
    data = attachment.file_bytes
    if data is None:
        mail.lost.append(f"an attached Outlook item{f' ({name})' if name else ''} cannot be taken out of the mail")
        return
    content_id = _plain_id(str(attachment.properties.str_prop_value(_CONTENT_ID) or ""))
    if content_id and (attachment.mime_type or "").startswith("image/") and f"cid:{content_id}" in mail.html:
        mail.inline[content_id] = data
    else:
        mail.attachments.append((name, data))
