"""What Word, PowerPoint and Excel files share: drawing XML, charts, diagrams and relations between parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
}
# The letters and signs of the font Symbol that text needs.
SYMBOL_FONT = {
    **{ord(latin): greek for latin, greek in zip(
        "ABCDEFGHIKLMNOPQRSTUWXYZabcdefghiklmnopqrstuwxyz",
        "ΑΒΧΔΕΦΓΗΙΚΛΜΝΟΠΘΡΣΤΥΩΞΨΖαβχδεφγηικλμνοπθρστυωξψζ", strict=True)},
    **{0x20 + place: sign for place, sign in enumerate(" !∀#∃%&∋()*+,-./0123456789:;<=>?≅")},
    **{0xA1 + place: sign for place, sign in enumerate("ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…")},  # noqa: RUF001
    0xC0: "ℵ", 0xC4: "⊗", 0xC5: "⊕", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xC9: "⊃", 0xCC: "⊂", 0xCE: "∈",  # noqa: RUF001
    0xCF: "∉",
    0xD0: "∠", 0xD1: "∇", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "∏", 0xD6: "√", 0xD7: "⋅", 0xD8: "¬", 0xD9: "∧",
    0xDA: "∨", 0xDB: "⇔", 0xDC: "⇐", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",  # noqa: RUF001
}  # fmt: skip
MAX_CATEGORIES = 40  # category names of a chart that become words


def qn(name: str, namespaces: Mapping[str, str] = NS) -> str:
    """ "w:p" in lxml's form."""
    prefix, local = name.split(":")
    return f"{{{namespaces[prefix]}}}{local}"


def related_part(part: Any, relation_id: str | None) -> Any:
    """The part a relation points at; None where it is external (never opened) or missing."""
    relation = part.rels.get(relation_id) if relation_id else None
    if relation is None or relation.is_external:
        return None
    return relation.target_part


def chart_words(blob: bytes, cells: Callable[[str], list[str]] = lambda reference: []) -> tuple[str, str]:
    """A chart's title, and its other words (axes' titles, series' names, categories, labels), from the chart's XML.

    `cells` gives the texts of a range ("Data!$A$2:$A$9") for charts that carry no copy of them.
    """
    root = parse_xml(blob)
    if root is None:
        return "", ""
    own = root.find("c:chart/c:title", NS)
    own = root.find("cx:chart/cx:title", NS) if own is None else own
    title = " ".join(_title(own, cells).split()) if own is not None else ""
    words = [_title(other, cells) for other in root.iter(qn("c:title"), qn("cx:title")) if other is not own]
    for series in root.iter(qn("c:ser"), qn("cx:series")):
        for name in (*series.findall("c:tx", NS), *series.findall("cx:tx", NS)):
            words += _values(name, cells)
    for label in root.iter(qn("c:dLbl")):
        words.append(_joined(label.iter(qn("a:t"))))
    for categories in root.iter(qn("c:cat"), qn("c:xVal"), qn("cx:strDim")):
        if categories.tag != qn("c:xVal") or categories.find("c:numRef", NS) is None:
            words += _values(categories, cells)[:MAX_CATEGORIES]
    return title, " ".join(dict.fromkeys(word for word in (" ".join(word.split()) for word in words) if word))


def _title(title: Any, cells: Callable[[str], list[str]]) -> str:
    return _joined(title.iter(qn("a:t"))) or " ".join(_values(title, cells))


def _values(element: Any, cells: Callable[[str], list[str]]) -> list[str]:
    """The texts a chart keeps of the cells it refers to, else those of the cells."""
    kept = [value.text or "" for value in element.iter(qn("c:v"), qn("cx:v"), qn("cx:pt"))]
    if kept:
        return kept
    return [text for reference in element.iter(qn("c:f"), qn("cx:f")) for text in cells(reference.text or "")]


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
