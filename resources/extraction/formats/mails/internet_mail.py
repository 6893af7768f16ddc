"""EML: an RFC 822 message and the MIME parts in it."""

from __future__ import annotations

import email.errors
import mimetypes
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.formats.mails.mail_content import (
    CONTENT_LINK,
    SHOWN_HEADERS,
    Mail,
    header_text,
    plain_id,
)
from codices.resources.foundation.failures import ExtractionError


def read_eml(data: bytes) -> Mail:
    """One RFC 822 message. Raises ExtractionError: "encrypted", "corrupt"."""
    try:
        message = message_from_bytes(data, policy=policy.default)
        return _collect(message)
    except ExtractionError:
        raise
    except (email.errors.MessageError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
        # The modern policy stumbles over headers that the old one lets pass: a year of a hundred digits is one.
        return _collect(message_from_bytes(data, policy=policy.compat32))
    except RecursionError as error:
        raise ExtractionError("corrupt", "the mail has too many parts inside one another") from error


def _collect(message: Message) -> Mail:
    mail = Mail()
    kind = message.get_content_type()
    smime = str(message.get_param("smime-type") or "")
    if kind == "multipart/encrypted" or (kind.endswith("pkcs7-mime") and smime != "signed-data"):
        raise ExtractionError("encrypted", "the mail is encrypted")
    for name in SHOWN_HEADERS:
        value = message.get(name)
        if value is not None:
            mail.headers[name] = header_text(value)
    for part in _leaves(message):
        if part is not message and part.get_content_maintype() == "multipart":
            continue
        _add_part(part, part is message, mail)
    return mail


def _leaves(message: Message) -> Iterator[Message]:
    """All parts without those of mails inside this one, which are attachments; of alternatives the richest text."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            children: Any = part.get_payload()
            if part.get_content_type() == "multipart/alternative":
                children = _without_lesser_texts(children)
            stack.extend(reversed(children))
        else:
            yield part


def _without_lesser_texts(alternatives: list[Message]) -> list[Message]:
    """The last one with HTML stands for the plain text too; what is no text, an invitation say, stays."""
    texts = [part for part in alternatives if part.get_content_type() in ("text/plain", "text/html")]
    rich = [part for part in alternatives if any(each.get_content_type() == "text/html" for each in part.walk())]
    kept = rich[-1:] or texts[-1:]
    return [part for part in alternatives if part in kept or part not in texts]


def _add_part(part: Message, alone: bool, mail: Mail) -> None:
    kind = part.get_content_type()
    disposition = (part.get_content_disposition() or "").lower()
    name = header_text(part.get_filename() or "")
    if kind in ("message/rfc822", "message/global"):
        inner: Any = part.get_payload()
        if isinstance(inner, list) and inner:
            subject = header_text(inner[0].get("Subject") or "") or "message"
            mail.attachments.append((name or f"{subject[:80]}.eml", bytes(inner[0])))
        return
    if kind.startswith("message/"):  # a report on a delivery
        inner = part.get_payload()
        said = inner if isinstance(inner, str) else "\n\n".join(str(each).strip() for each in inner)
        mail.body.append(("plain", said))
        return
    data = _payload(part)
    if kind in ("text/plain", "text/html", "text/rfc822-headers") and disposition != "attachment" and not name:
        text = decode(data, part.get_content_charset())
        mail.body.append(("html" if kind == "text/html" else "plain", text))
        return
    if alone and kind.startswith("text/"):
        mail.body.append(("plain", decode(data, part.get_content_charset())))
        return
    content_id = plain_id(str(part.get("Content-ID") or ""))
    shown = content_id in _shown_ids(mail) if disposition == "attachment" else content_id or disposition == "inline"
    if kind.startswith("image/") and shown:
        mail.inline[content_id or name or f"inline-{len(mail.inline) + 1}"] = data
        return
    if kind in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
        return
    if data or name or disposition == "attachment":
        mail.attachments.append((name or f"attachment{mimetypes.guess_extension(kind) or ''}", data))


def _shown_ids(mail: Mail) -> set[str]:
    """Content ids that the body read so far shows: some programs mark its pictures as attachments."""
    return {plain_id(found) for found in CONTENT_LINK.findall(mail.html)}


def _payload(part: Message) -> bytes:
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
