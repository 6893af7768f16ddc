"""Office Open XML packages as the libraries want them: in everybody's dialect, and without relations to nothing."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from pathlib import Path

from lxml import etree

from codices.resources.extraction.common.limits import read_archive_entry
from codices.resources.extraction.formats.office.office_xml import parse_xml

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")


def readable_package(path: Path) -> str | io.BytesIO:
    """The file's path, or a copy where it is strict Office Open XML or a relation's part is not in the file."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        strict = "_rels/.rels" in names and b"purl.oclc.org/ooxml" in read_archive_entry(archive, "_rels/.rels")
        relations = {
            name: kept
            for name in names
            if name.endswith(".rels") and (kept := _without_dangling(archive, name, set(names))) is not None
        }
        if not strict and not relations:
            return str(path)
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name in names:
                data = relations[name] if name in relations else archive.read(name)
                if strict and name.endswith((".xml", ".rels")):
                    data = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", data)
                target.writestr(name, data)
    copy.seek(0)
    return copy


def _without_dangling(archive: zipfile.ZipFile, name: str, names: set[str]) -> bytes | None:
    """A part of relations without those whose target is missing; None where none is."""
    root = parse_xml(read_archive_entry(archive, name))
    if root is None:
        return None
    folder = posixpath.dirname(posixpath.dirname(name))
    dangling = []
    for relation in root:
        if not isinstance(relation.tag, str) or relation.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        if target not in names:
            dangling.append(relation)
    for relation in dangling:
        root.remove(relation)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True) if dangling else None
