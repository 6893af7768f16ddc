"""Documents that ask for another host or another program, each in the way of its format."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import docx
from docx.opc.constants import RELATIONSHIP_TYPE

from codices.resources.extraction.common import libreoffice
from tests.hostile.honest_files import honest_files, zipped

_HOST = "http://127.0.0.1:9"  # nobody answers at the port named discard
_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 200\n%%EndComments\nshowpage\n%%EOF\n"
_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        *(("office", "office"), ("text", "text"), ("table", "table")),
        *(("draw", "drawing"), ("svg", "svg-compatible")),
    )
)
_TEXT = {
    "page.html": f'<html><head><base href="{_HOST}/"><link rel="stylesheet" href="{_HOST}/a.css"><script src="{_HOST}/'
    f'a.js"></script></head><body background="{_HOST}/b.png"><p>Ask a host.</p><img src="{_HOST}/a.png" srcset="{_HOST}'
    f'/b.png 2x"><img src="//127.0.0.1:9/c.png"><iframe src="{_HOST}/a.html"></iframe><object data="{_HOST}/a.svg">'
    "</object></body></html>",
    "page.md": f"# Ask\n\n![a]({_HOST}/a.png) ![b](file://localhost/etc/hostname) <img src='{_HOST}/b.png'>\n",
    "page.rst": f"Ask\n===\n\n.. image:: {_HOST}/a.png\n\n.. include:: {_HOST}/a.txt\n\n"
    f".. raw:: html\n   :url: {_HOST}/\n",
    "page.rtf": f'{{\\rtf1 Ask {{\\field{{\\*\\fldinst INCLUDEPICTURE "{_HOST}/a.png" \\\\d}}{{\\fldrslt x}}}}\\par}}',
    "page.svg": f'<?xml version="1.0"?><?xml-stylesheet href="{_HOST}/a.css"?><!DOCTYPE svg SYSTEM "{_HOST}/a.dtd">'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" width="90" height="90">'
    f'<image width="90" height="90" x:href="{_HOST}/a.png"/><use x:href="{_HOST}/b.svg#a"/>'
    "<text y='20'>Ask</text></svg>",
    "page.xml": f'<?xml version="1.0"?><!DOCTYPE a SYSTEM "{_HOST}/a.dtd" [<!ENTITY b SYSTEM "{_HOST}/b">]><a>&b;</a>',
    "page.eml": "From: a@b.example\nSubject: Ask\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    f'<p>Ask</p><img src="{_HOST}/a.png">\n',
}


def calling_files() -> dict[str, bytes]:
    """Name -> bytes of one document for each way."""
    eps = base64.b64encode(_EPS).decode()
    image = '<draw:frame svg:width="3cm" svg:height="3cm"><draw:image xmlns:xlink="http://www.w3.org/1999/xlink" '
    image += f'xlink:href="{_HOST}/a.png" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame>'
    made = {name: text.encode() for name, text in _TEXT.items()}
    made["eps.html"] = f'<p>Run</p><img width="300" height="200" src="data:image/png;base64,{eps}">'.encode()
    made["eps.png"] = _EPS
    made["page.odt"] = _open_document("text", f"<text:p>Ask</text:p><text:p>{image}</text:p>")
    cell = f'<table:table-cell table:formula="of:=WEBSERVICE(&quot;{_HOST}/&quot;)">{image}</table:table-cell>'
    row = f'<table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table>'
    made["page.ods"] = _open_document("spreadsheet", row)
    made["page.docx"] = _word()
    if libreoffice.program() is not None:
        made["page.doc"] = libreoffice.convert(made["page.odt"], "odt", "doc")
    return made


def write_corpus(folder: Path) -> None:
    """One honest document of each suffix, the smallest, and those that call."""
    smallest: dict[str, tuple[str, bytes]] = {}
    for name, data in sorted(honest_files().items(), key=lambda item: len(item[1])):
        smallest.setdefault(Path(name).suffix, (name, data))
    for name, data in (*smallest.values(), *((f"calls/{name}", data) for name, data in calling_files().items())):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _open_document(kind: str, body: str) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{of}"/>'
        for path, of in (("/", media_type), ("content.xml", "text/xml"))
    )
    return zipped(
        {
            "mimetype": media_type,
            "content.xml": f'<?xml version="1.0"?><office:document-content {_SPACES} office:version="1.2"><office:body>'
            f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
            "META-INF/manifest.xml": f'<?xml version="1.0"?><manifest:manifest {space}>{entries}</manifest:manifest>',
        }
    )


def _word() -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph("Ask")
    document.add_picture(io.BytesIO(honest_files()["picture.png"]))
    link = document.part.relate_to(f"{_HOST}/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
    for blip in document.element.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"):
        blip.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}link", link)
    paragraph.add_run(f' INCLUDEPICTURE "{_HOST}/a.png"')
    document.save(buffer)
    return buffer.getvalue()
