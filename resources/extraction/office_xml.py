"""What Word, PowerPoint and Excel files share: drawing XML, charts, diagrams and relations between parts."""

from __future__ import annotations

from typing import Any

from lxml import etree

EMU = 12_700  # English Metric Units in a point
NS = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
}
MAX_CATEGORIES = 40  # category names of a chart that become words


def qn(name: str) -> str:
    """ "w:p" in lxml's form."""
    prefix, local = name.split(":")
    return f"{{{NS[prefix]}}}{local}"


_TEXT, _TAB, _BREAK, _RETURN, _HYPHEN, _MATH = map(qn, ("w:t", "w:tab", "w:br", "w:cr", "w:noBreakHyphen", "m:t"))
_NOT_READ = {
    qn(name)
    for name in ("w:del", "w:moveFrom", "w:txbxContent", "mc:Fallback", "w:pPr", "w:rPr", "w:instrText", "w:pict")
}


def text_in_runs(paragraph: Any) -> str:
    """The text of a Word paragraph as it stands after all changes are accepted, without text boxes on it."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag in _NOT_READ:
            continue
        if tag in (_TEXT, _MATH):
            parts.append(element.text or "")
        elif tag == _TAB:
            parts.append("\t")
        elif tag in (_BREAK, _RETURN):
            parts.append("\n")
        elif tag == _HYPHEN:
            parts.append("-")
        else:
            stack.extend(reversed(element))
    return "".join(parts)


def related_part(part: Any, relation_id: str | None) -> Any:
    """The part a relation points at; None where it is external (never opened) or missing."""
    relation = part.rels.get(relation_id) if relation_id else None
    if relation is None or relation.is_external:
        return None
    return relation.target_part


def chart_words(blob: bytes) -> tuple[str, str]:
    """A chart's title, and its other words (axes' titles, series' names, categories), from the chart's XML."""
    root = parse_xml(blob)
    if root is None:
        return "", ""
    own = root.find("c:chart/c:title", NS)
    title = " ".join(_joined(own.iter(qn("a:t"))).split()) if own is not None else ""
    words = [_joined(other.iter(qn("a:t"))) for other in root.iter(qn("c:title")) if other is not own]
    for series in root.iter(qn("c:ser")):
        words += [value.text or "" for value in series.findall("c:tx//c:v", NS)]
    for categories in root.iter(qn("c:cat")):
        words += [value.text or "" for value in categories.iter(qn("c:v"))][:MAX_CATEGORIES]
    return title, " ".join(dict.fromkeys(word for word in (" ".join(word.split()) for word in words) if word))


def diagram_words(blob: bytes) -> str:
    """The words of a SmartArt diagram."""
    root = parse_xml(blob)
    return "" if root is None else " ".join(_joined(text.iter(qn("a:t"))) for text in root.iter(qn("dgm:t"))).strip()


def parse_xml(blob: bytes) -> Any:
    """The root of a part's XML, without entities; None where there is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        return etree.fromstring(blob, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _joined(elements: Any) -> str:
    return "".join(element.text or "" for element in elements)
