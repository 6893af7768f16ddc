"""Mail: EML and MSG. Headers and body are the document; attachments are documents of their own.

The pictures that a body shows inline belong to the body.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from codices.resources.extraction.common.flow import Flow, ReadLink, tidy
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import EML, MSG
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.mails.internet_mail import read_eml
from codices.resources.extraction.formats.mails.mail_content import CONTENT_LINK, SHOWN_HEADERS, Mail, plain_id
from codices.resources.extraction.formats.mails.outlook_mail import read_msg
from codices.resources.extraction.formats.plain_text import write_text
from codices.resources.extraction.formats.web import read_html
from codices.resources.foundation.failures import ExtractionError
from codices.resources.foundation.well_formed import well_formed
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_ATTACHMENTS = 1000
_OLE = b"\xd0\xcf\x11\xe0"  # how an Outlook message starts


def parse_eml(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One RFC 822 message. Raises ExtractionError: "encrypted", "corrupt", "no_content"."""
    return _extract(read_eml(_bytes(data_path, options)), EML, options, read_link)


def parse_msg(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One Outlook message. Raises ExtractionError: "encrypted", "corrupt", "no_content"."""
    return _extract(read_msg(_bytes(data_path, options)), MSG, options, read_link)


def attachments_of(mail: bytes) -> list[tuple[str, bytes]]:
    """`attachments` of a mail whose type is told by its first bytes."""
    return attachments(mail, MSG if mail.startswith(_OLE) else EML)


def attachments(data: bytes, media_type: str) -> list[tuple[str, bytes]]:
    """(name, bytes) of every attachment of a mail's bytes, names made unique and safe to stand in a path.

    `media_type` is that of the mail. Pictures shown in the body are not among them, mails are (as .eml).
    Raises ExtractionError: "encrypted", "corrupt", "too_large".
    """
    mail = read_msg(data) if media_type == MSG else read_eml(data)
    if len(mail.attachments) > MAX_ATTACHMENTS:
        raise ExtractionError("too_large", f"the mail has {len(mail.attachments)} attachments")
    named: list[tuple[str, bytes]] = []
    taken: set[str] = set()
    for number, (name, content) in enumerate(mail.attachments, 1):
        safe = _safe_name(well_formed(name)) or f"attachment-{number}"
        stem, dot, suffix = safe.rpartition(".")
        copy = 1
        while unicodedata.normalize("NFC", safe) in taken:  # one document, however its name is composed
            copy += 1
            safe = f"{stem} ({copy}).{suffix}" if dot and stem else f"{suffix} ({copy})"
        taken.add(unicodedata.normalize("NFC", safe))
        named.append((safe, content))
    return named


def _bytes(data_path: Path, options: ExtractionOptions) -> bytes:
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_file_mib, "max_file_mib")
    return data


def _extract(mail: Mail, media_type: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    flow = Flow(media_type, options, lambda target: None)  # a mail has no place in the corpus to link from
    subject = tidy(mail.headers.get("Subject", ""))
    flow.title = subject
    said = [f"{name}: {mail.headers[name]}" for name in SHOWN_HEADERS if tidy(mail.headers.get(name, ""))]
    flow.section(subject)
    flow.text("\n".join(said))
    flow.embedded = lambda target: mail.inline.get(plain_id(target)) if _is_content_id(target) else None
    for kind, text in mail.body:
        if kind == "html":
            read_html(text, flow)
            flow.title = subject or flow.title
        else:
            write_text(text, flow)
    shown = {plain_id(found) for found in CONTENT_LINK.findall(mail.html)}
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


def _safe_name(name: str) -> str:
    """A file name without folders, control characters and the mark that separates a mail from its attachments."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", name).replace("\\", "/").rpartition("/")[2].strip().strip(".")
    return name.replace("!/", "_")[:150] if len(name) <= 150 else name[:100] + name[-50:]
