"""A corpus of many small documents, made in seconds, that can be edited, renamed and thinned out again.

Every document differs from every other, and an edit touches one of its three sections, as edits do. What a
document says depends on its number and its seeds only, never on the order of calls or the clock.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDERS = 40
# One cycle of kinds: what a documentation tree looks like, with few pictures since they cost OCR.
KINDS = ("md",) * 45 + ("html",) * 25 + ("txt",) * 18 + ("docx",) * 6 + ("eml",) * 4 + ("png",) * 2

Sections = list[tuple[str, str]]

_PARTS = ("scheduler", "relay", "broker", "exporter", "planner", "indexer", "gatekeeper", "archiver", "mirror")
_THINGS = ("queue", "lease", "snapshot", "partition", "token", "cursor", "route", "replica", "checkpoint")
_STATES = ("stalled", "drained", "promoted", "expired", "fenced", "rotated", "compacted", "rejected")
_ACTIONS = ("restart", "verify", "widen", "pause", "inspect", "rebuild", "throttle", "detach")
_TOPICS = ("Overview", "Limits", "Recovery", "Configuration", "Signals", "Scaling", "Migration", "Access")


def write_corpus(folder: Path, documents: int = 2000, seed: int = 0) -> list[str]:
    """Writes the documents and returns their paths relative to `folder`, sorted.

    A larger corpus of the same seed holds the smaller one: growth changes no document that is there.
    """
    paths = [
        f"area-{number % FOLDERS:02d}/doc-{number:05d}.{KINDS[number * 37 % len(KINDS)]}" for number in range(documents)
    ]
    for path in paths:
        _write(folder, path, _sections(_number(path), seed))
    return sorted(paths)


def edit(folder: Path, share: float, seed: int, corpus_seed: int = 0, among: Sequence[str] | None = None) -> list[str]:
    """Rewrites one section of `share` of the documents (or of those `among` them) and returns their paths, sorted.

    Each `seed` chooses other documents and other words; `corpus_seed` is the one that the corpus was written with.
    """
    chosen = _choose(folder, share, seed, among)
    for path in chosen:
        _write(folder, path, _sections(_number(path), corpus_seed, edited=seed))
    return chosen


def rename(folder: Path, share: float, seed: int) -> dict[str, str]:
    """Moves `share` of the documents to another folder, contents untouched: old path -> new path."""
    moved = {path: f"moved-{seed}/{Path(path).name}" for path in _choose(folder, share, seed)}
    for old, new in moved.items():
        (folder / new).parent.mkdir(exist_ok=True)
        (folder / old).rename(folder / new)
    return moved


def remove(folder: Path, share: float, seed: int) -> list[str]:
    """Deletes `share` of the documents and returns their paths, sorted."""
    chosen = _choose(folder, share, seed)
    for path in chosen:
        (folder / path).unlink()
    return chosen


def _choose(folder: Path, share: float, seed: int, among: Sequence[str] | None = None) -> list[str]:
    paths = sorted(among or (path.relative_to(folder).as_posix() for path in folder.rglob("doc-*.*")))
    return sorted(random.Random(seed).sample(paths, round(share * len(paths))))


def _number(path: str) -> int:
    return int(Path(path).stem.removeprefix("doc-"))


def _sections(number: int, seed: int, edited: int | None = None) -> Sections:
    topics = random.Random(f"{seed}/{number}").sample(_TOPICS, 3)
    return [
        (topic, _prose(f"{seed}/{number}/{topic}" if place != 1 or edited is None else f"{edited}/edit/{number}"))
        for place, topic in enumerate(topics)
    ]


def _prose(key: str) -> str:
    chance = random.Random(key)
    sentences = [
        f"When the {chance.choice(_THINGS)} of {chance.choice(_PARTS)}-{chance.randrange(900)} is "
        f"{chance.choice(_STATES)}, {chance.choice(_ACTIONS)} the {chance.choice(_PARTS)} within "
        f"{chance.randrange(2, 600)} seconds."
        for _ in range(chance.randrange(4, 8))
    ]
    return " ".join([*sentences, f"Reference code K{chance.randrange(10, 99)}-{chance.randrange(10**7):07d}."])


def _write(folder: Path, path: str, sections: Sections) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    title = f"Operating note {_number(path)}"
    target.write_bytes(_WRITERS[target.suffix[1:]](title, sections))


def _markdown(title: str, sections: Sections) -> bytes:
    return "\n\n".join([f"# {title}", *(f"## {head}\n\n{words}" for head, words in sections), ""]).encode()


def _html(title: str, sections: Sections) -> bytes:
    body = "".join(f"<h2>{escape(head)}</h2>\n<p>{escape(words)}</p>\n" for head, words in sections)
    return (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>\n<h1>{title}</h1>\n{body}</body></html>\n"
    ).encode()


def _text(title: str, sections: Sections) -> bytes:
    return "\n\n".join([title, *(f"{head}\n\n{words}" for head, words in sections), ""]).encode()


def _mail(title: str, sections: Sections) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "ops@sample.example", "team@sample.example"
    message["Date"], message["Subject"] = "Mon, 01 Jun 2026 08:00:00 +0000", title
    message.set_content("\n\n".join(f"{head}\n{words}" for head, words in sections))
    return message.as_bytes()


def _picture(title: str, sections: Sections) -> bytes:
    image = Image.new("L", (760, 200), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    draw.rectangle((8, 8, 752, 192), outline=90)
    draw.text((24, 20), title, 0, font)
    for line, (head, words) in enumerate(sections):
        draw.text((24, 60 + line * 40), f"{head}: {words.rpartition('Reference ')[2]}", 0, font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DOCX = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_OFFICE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_RELATION}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>',
    "word/styles.xml": f'<w:styles xmlns:w="{_WORD}">'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style></w:styles>',
}


def _docx(title: str, sections: Sections) -> bytes:
    """The smallest file that Word opens: made by hand, a hundred times faster than from a template."""

    def paragraph(words: str, style: str) -> str:
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{escape(words)}</w:t></w:r></w:p>'

    body = paragraph(title, "Heading1") + "".join(
        paragraph(head, "Heading2") + paragraph(words, "Normal") for head, words in sections
    )
    parts = _DOCX | {"word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return out.getvalue()


_WRITERS: dict[str, Callable[[str, Sections], bytes]] = {
    "md": _markdown,
    "html": _html,
    "txt": _text,
    "docx": _docx,
    "eml": _mail,
    "png": _picture,
}
