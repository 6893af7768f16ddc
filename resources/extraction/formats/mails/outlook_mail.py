"""MSG: an Outlook message, and the messages inside it, which are handed on as EML."""

from __future__ import annotations

import hashlib
import io
import struct
from email.encoders import encode_base64
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import formataddr, getaddresses
from typing import Any

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.pandoc_program import rtf_to_html
from codices.resources.extraction.formats.mails.mail_content import SHOWN_HEADERS, Mail, header_text, plain_id
from codices.resources.extraction.formats.mails.outlook_rtf import unpack_rtf
from codices.resources.foundation.failures import ExtractionError

MAX_EMBEDDED = 16  # messages inside one another

# Properties of [MS-OXPROPS], and the types that texts come in.
_SUBJECT, _HEADERS, _BODY, _HTML, _RTF = 0x0037, 0x007D, 0x1000, 0x1013, 0x1009
_DISPLAY_NAME, _ATTACHED, _FILE_NAME, _MIME_TYPE, _CONTENT_ID = 0x3001, 0x3701, 0x3707, 0x370E, 0x3712
_SENDER, _ADDRESS, _SMTP_ADDRESS = 0x0C1A, 0x3003, 0x39FE
_STRING8 = 0x001E
_MESSAGE_INSIDE = "__substg1.0_3701000D"
_INNER_HEADER = 24  # bytes before the properties of a message inside another

_DAMAGE = (OSError, ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError, LookupError)


def read_msg(data: bytes) -> Mail:
    """One Outlook message. Raises ExtractionError: "encrypted", "corrupt"."""
    from oxmsg import Message

    try:
        return _read(Message.load(io.BytesIO(data)), 0)
    except (*_DAMAGE, struct.error, RecursionError) as error:
        raise ExtractionError("corrupt", f"not a readable Outlook message: {type(error).__name__}: {error}") from error


def _read(message: Any, depth: int) -> Mail:
    mail = Mail()
    kind = (message.message_class or "").lower()
    properties = message.properties
    headers = HeaderParser().parsestr(_text(properties, _HEADERS))
    mail.headers = {name: header_text(headers[name]) for name in SHOWN_HEADERS if headers.get(name)}
    mail.headers.setdefault("From", _sender(message))
    mail.headers.setdefault("To", ", ".join(_recipient(recipient.properties) for recipient in message.recipients))
    mail.headers.setdefault("Subject", _text(properties, _SUBJECT))
    if "Date" not in mail.headers and message.sent_date is not None:
        mail.headers["Date"] = message.sent_date.isoformat(sep=" ", timespec="minutes")
    _read_body(message, mail)
    for attachment in message.attachments:
        _add_attachment(attachment, mail, depth)
    names = {name.lower() for name, _ in mail.attachments}
    if ("smime" in kind and "multipartsigned" not in kind) or names & {"message.rpmsg", "smime.p7m"}:
        raise ExtractionError("encrypted", "the mail is encrypted")
    return mail


def _sender(message: Any) -> str:
    try:
        return message.sender or ""
    except UnicodeError:
        return _text(message.properties, _SENDER)


def _recipient(properties: Any) -> str:
    address = _text(properties, _SMTP_ADDRESS) or _text(properties, _ADDRESS)
    return f"{_text(properties, _DISPLAY_NAME)} <{address}>"


def _read_body(message: Any, mail: Mail) -> None:
    """HTML before plain text before RTF: Outlook keeps the same text in several of them."""
    properties = message.properties
    if page := properties.binary_prop_value(_HTML):
        mail.body.append(("html", decode(page, _code_page(properties, body=True))))
    elif page := _text(properties, _HTML):
        mail.body.append(("html", page))
    elif text := _text(properties, _BODY):
        mail.body.append(("plain", text))
    elif packed := properties.binary_prop_value(_RTF):
        try:
            mail.body.append(("html", rtf_to_html(unpack_rtf(packed))))
        except (ValueError, IndexError, struct.error, ExtractionError) as error:
            mail.lost.append(f"the body in RTF cannot be read: {error}")


def _text(properties: Any, number: int) -> str:
    """A text property; one byte outside its code page costs that byte, not the mail."""
    try:
        return properties.str_prop_value(number) or ""
    except UnicodeError:
        raw = properties._storage.property_stream_bytes(number, _STRING8)
        return decode(raw, _code_page(properties, body=number == _BODY))


def _code_page(properties: Any, body: bool) -> str | None:
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    try:
        return properties.body_encoding if body else properties._str_prop_encoding
    except (UnrecognizedCodePageError, UnsupportedEncodingError):
        return None


def _add_attachment(attachment: Any, mail: Mail, depth: int) -> None:
    properties = attachment.properties
    name = _text(properties, _FILE_NAME) or _text(properties, _DISPLAY_NAME)
    inside = [storage for storage in attachment._storage.storages if storage.name == _MESSAGE_INSIDE]
    if inside and any(stream.name == "__properties_version1.0" for stream in inside[0].streams):
        _add_message(inside[0], name, mail, depth)
        return
    data = properties.binary_prop_value(_ATTACHED)
    if data is None:
        mail.lost.append(f"an attached Outlook item{f' ({name})' if name else ''} cannot be taken out of the mail")
        return
    content_id = plain_id(_text(properties, _CONTENT_ID))
    if content_id and _text(properties, _MIME_TYPE).startswith("image/") and f"cid:{content_id}" in mail.html:
        mail.inline[content_id] = data
    else:
        mail.attachments.append((name, data))


def _add_message(storage: Any, name: str, mail: Mail, depth: int) -> None:
    if depth >= MAX_EMBEDDED:
        raise ExtractionError("too_deep", f"messages lie inside one another more than {MAX_EMBEDDED} deep")
    try:
        inner = _read(_message_inside(storage), depth + 1)
    except _DAMAGE as error:
        mail.lost.append(f"an attached message{f' ({name})' if name else ''} cannot be read: {error}")
        return
    except ExtractionError as error:
        if error.kind == "too_deep":
            raise
        mail.lost.append(f"an attached message{f' ({name})' if name else ''} cannot be read: {error.message}")
        return
    mail.lost += inner.lost
    subject = inner.headers.get("Subject") or name or "message"
    mail.attachments.append((f"{subject[:80]}.eml", _as_eml(inner)))


def _message_inside(storage: Any) -> Any:
    from oxmsg import Message
    from oxmsg.properties import Properties

    class Inner(Message):
        @property
        def properties(self) -> Properties:
            return Properties(storage, _INNER_HEADER)

    return Inner(storage)


def _as_eml(mail: Mail) -> bytes:
    """The same bytes for the same mail, so that it is not read again without need."""
    whole = MIMEMultipart("mixed")
    for name, value in mail.headers.items():
        pairs = getaddresses([value]) if name in ("From", "To", "Cc") else []
        whole[name] = ", ".join(formataddr(pair) for pair in pairs) or Header(value, "utf-8").encode()
    for kind, text in mail.body:
        whole.attach(MIMEText(text.encode("utf-8", "replace").decode(), kind, "utf-8"))
    for content_id, data in mail.inline.items():
        part = MIMEBase("image", "png")
        part.set_payload(data)
        encode_base64(part)
        part["Content-ID"] = f"<{content_id}>"
        whole.attach(part)
    for name, data in mail.attachments:
        part = MIMEApplication(data)
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        whole.attach(part)
    digest = hashlib.sha256(repr((mail.headers, mail.body)).encode("utf-8", "replace")).hexdigest()
    whole.set_boundary(f"=={digest[:40]}==")
    return whole.as_bytes()
